import { generate } from "selfsigned";

/** A private certificate authority and a server certificate of it for 127.0.0.1, localhost and service.test, in PEM. */
export interface TestCertificate {
    readonly authority: string;
    readonly certificate: string;
    readonly key: string;
}

/** Makes a certificate that no machine trusts; valid for a day, or until `notAfter`. */
export async function makeCertificate(
    notAfter = new Date(Date.now() + 86_400_000),
): Promise<TestCertificate> {
    const validity = { notBeforeDate: new Date(Date.now() - 2 * 86_400_000), notAfterDate: notAfter };
    const authority = await generate([{ name: "commonName", value: "Test authority" }], {
        ...validity,
        keyType: "ec",
        algorithm: "sha256",
        extensions: [
            { name: "basicConstraints", cA: true, critical: true },
            { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
        ],
    });
    const server = await generate([{ name: "commonName", value: "127.0.0.1" }], {
        ...validity,
        keyType: "ec",
        algorithm: "sha256",
        ca: { key: authority.private, cert: authority.cert },
        extensions: [
            { name: "basicConstraints", cA: false },
            { name: "extKeyUsage", serverAuth: true },
            {
                name: "subjectAltName",
                altNames: [
                    { type: 7, ip: "127.0.0.1" },
                    { type: 2, value: "localhost" },
                    { type: 2, value: "service.test" },
                ],
            },
        ],
    });
    return { authority: authority.cert, certificate: server.cert, key: server.private };
}
