import * as fs from "node:fs";
import * as path from "node:path";
import { MendableError } from "../lib/text/mendableError";

/** An org, or one agent of it, as operators name it: `acme`, `acme/coder`. */
export interface OrgAddress {
    readonly slug: string;
    /** Absent where the whole org is meant. */
    readonly agent?: string;
}

/**
 * Reads `acme` or `acme/coder`.
 *
 * @throws MendableError when it is neither
 */
export function parseOrgAddress(who: string): OrgAddress {
    const [slug = "", agent, ...rest] = who.split("/");
    if (slug === "" || agent === "" || rest.length > 0) {
        throw new MendableError(`"${who}": expected an org, "acme", or an agent of it, "acme/coder"`);
    }
    return { slug, agent };
}

/** The file of an org, from the root; `undefined` where it has none. */
export function findOrgFile(root: string, directory: string, slug: string): string | undefined {
    return ["yaml", "yml"]
        .map((ending) => path.posix.join(directory, `${slug}.${ending}`))
        .find((file) => fs.existsSync(path.join(root, file)));
}
