import * as fs from "node:fs";
import * as path from "node:path";
import type { FileRole } from "./checkInput";
import { decodeText } from "./decodeText";
import { KUSTOMIZATION_NAMES, isKustomization, readKustomization } from "./kustomization";
import { readValues } from "./readManifestText";

/** What the kustomizations of a directory say of its files. */
export interface KustomizedRoles {
    /** By absolute path. A file that is a resource anywhere is whole, and has no role. */
    readonly roles: ReadonlyMap<string, FileRole>;
    /** Files that are named and are not there. */
    readonly problems: string[];
    /** Resources that lie outside of what is read. */
    readonly notes: string[];
}

/**
 * Reads what the kustomizations among some files say of the others.
 *
 * @param root The directory that is read as a whole.
 */
export function kustomizedRoles(files: readonly string[], root: string): KustomizedRoles {
    const roles = new Map<string, FileRole>();
    const whole = new Set<string>();
    const problems: string[] = [];
    const notes: string[] = [];
    const top = path.resolve(root);
    for (const kustomization of files.filter((file) => KUSTOMIZATION_NAMES.includes(path.basename(file)))) {
        for (const { file, role } of namedFiles(kustomization)) {
            const named = path.resolve(path.dirname(kustomization), file);
            if (!fs.existsSync(named)) {
                problems.push(`${kustomization}: names "${file}", which is not there`);
            } else if (named !== top && !named.startsWith(top + path.sep)) {
                notes.push(`${kustomization}: "${file}" lies outside of ${root} and is not looked at`);
            }
            if (role === undefined) {
                whole.add(named);
            } else {
                roles.set(named, role);
                // What lies in a directory of patches or settings is what the directory is.
                for (const other of files) {
                    const absolute = path.resolve(other);
                    if (absolute.startsWith(named + path.sep)) {
                        roles.set(absolute, role);
                    }
                }
            }
        }
    }
    for (const file of whole) {
        roles.delete(file);
    }
    return { roles, problems, notes };
}

/** How far above a file its kustomization may lie. */
const LEVELS_ABOVE = 2;

/** What the kustomizations beside and above a file say of the files that they name. */
export function rolesAround(file: string): ReadonlyMap<string, FileRole> {
    const around: string[] = [];
    let directory = path.dirname(path.resolve(file));
    for (let level = 0; level <= LEVELS_ABOVE; level++) {
        around.push(...KUSTOMIZATION_NAMES.map((name) => path.join(directory, name)));
        directory = path.dirname(directory);
    }
    return kustomizedRoles(
        around.filter((name) => fs.existsSync(name)),
        path.parse(directory).root,
    ).roles;
}

/** What a kustomization names. One that cannot be read names nothing: whoever reads it as a manifest says so. */
function namedFiles(file: string): ReturnType<typeof readKustomization>["files"] {
    try {
        const decoded = fs.statSync(file).isFile() ? decodeText(fs.readFileSync(file)) : undefined;
        if (decoded === undefined || "trouble" in decoded) {
            return [];
        }
        return readValues(decoded.text, file).flatMap(({ value, locate }) =>
            isKustomization(value, file) ? readKustomization(value, file, locate).files : [],
        );
    } catch {
        return [];
    }
}
