import * as fs from "node:fs";
import * as path from "node:path";
import { messageOf } from "../../lib/text/mendableError";
import { KUSTOMIZATION_NAMES } from "./kustomization";

const MANIFEST_FILE = /\.(ya?ml|json)$/i;

/** Directories that never hold a project's own manifests. */
const SKIPPED_DIRECTORIES: ReadonlySet<string> = new Set(["node_modules", ".git"]);

/** What lies below a directory. */
export interface Listing {
    /** The manifests, in alphabetical order of directories and names. */
    readonly files: string[];
    /** What could not be looked into. */
    readonly problems: string[];
    /** What was left out on purpose. */
    readonly notes: string[];
}

/**
 * Lists all manifests below a directory, links followed; what a link leads to a second time is not listed again.
 *
 * @throws when the directory itself cannot be read.
 */
export function listManifests(directory: string): Listing {
    const listing: Listing = { files: [], problems: [], notes: [] };
    const others: string[] = [];
    listDirectory(directory, listing, new Set([fs.realpathSync(directory)]), others);
    if (others.length > 0) {
        const first = others.slice(0, 3).map((name) => `"${name}"`);
        listing.notes.push(
            `${directory}: ${others.length} ${others.length === 1 ? "file is" : "files are"} left out whose name does not end in ` +
                `.yaml, .yml or .json (${first.join(", ")}${others.length > first.length ? ", …" : ""})`,
        );
    }
    return listing;
}

function listDirectory(directory: string, listing: Listing, seen: Set<string>, others: string[]): void {
    const entries = fs
        .readdirSync(directory, { withFileTypes: true })
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
        const file = path.join(directory, entry.name);
        try {
            listEntry(entry, file, listing, seen, others);
        } catch (error) {
            // One that cannot be read hides nothing but itself.
            const link = entry.isSymbolicLink() ? "the link " : "";
            listing.problems.push(`${file}: ${link}cannot be read: ${messageOf(error)}`);
        }
    }
}

function listEntry(
    entry: fs.Dirent,
    file: string,
    listing: Listing,
    seen: Set<string>,
    others: string[],
): void {
    const isManifest = MANIFEST_FILE.test(entry.name) || KUSTOMIZATION_NAMES.includes(entry.name);
    const type = entry.isSymbolicLink() ? fs.statSync(file) : entry;
    if (type.isDirectory()) {
        if (SKIPPED_DIRECTORIES.has(entry.name)) {
            listing.notes.push(`${file}: left out, no manifests of one's own lie there`);
            return;
        }
        const real = fs.realpathSync(file);
        if (seen.has(real)) {
            listing.notes.push(`${file}: left out, it leads to a directory that is read already`);
            return;
        }
        seen.add(real);
        listDirectory(file, listing, seen, others);
    } else if (!isManifest) {
        others.push(file);
    } else if (type.isFile()) {
        listing.files.push(file);
    } else {
        listing.problems.push(`${file}: cannot be read: it is neither a file nor a directory`);
    }
}
