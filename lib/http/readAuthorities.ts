import { X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as tls from "node:tls";
import { MendableError } from "../text/mendableError";

/**
 * The authorities that a client trusts besides a private one: the public ones, those of NODE_EXTRA_CA_CERTS, and the file's.
 *
 * @param file a PEM file, where it is read from
 * @param setting how the file was named, for the error: `caFile: "ca.pem"`
 * @throws MendableError when it cannot be read or holds no certificate; what is in it is not quoted
 */
export function readAuthorities(file: string, setting: string): readonly string[] {
    let text: string;
    try {
        text = fs.readFileSync(file, "utf8");
    } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        throw new MendableError(`${setting}: cannot be read (${code}); expected a PEM file`);
    }
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length === 0 || !blocks.every(isCertificate)) {
        throw new MendableError(
            `${setting}: ${blocks.length === 0 ? "holds no certificate" : "holds a certificate that cannot be read"}; ` +
                'expected PEM, which begins with "-----BEGIN CERTIFICATE-----"',
        );
    }
    return [...tls.getCACertificates("default"), text];
}

function isCertificate(block: string): boolean {
    try {
        return new X509Certificate(block).subject !== "";
    } catch {
        return false;
    }
}
