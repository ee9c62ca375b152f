import * as fs from "node:fs";
import * as path from "node:path";
import { writeWhole } from "../lib/system/writeWhole";
import { MendableError } from "../lib/text/mendableError";

/** The list of files that a directory got from here, each with its owner, so that the next run can delete those that are gone. */
const LIST = ".rendered-files";

/** Whose files a run writes, what of an earlier run it may delete, and what is said where it refuses to. */
export interface FileOwnership {
    /** Who a file of this name belongs to: `customer-orgs/prod`. */
    readonly ownerOf: (file: string) => string;
    /** Whether a file of this owner, which an earlier run wrote, keeps this run from writing anything. */
    readonly isForeign: (file: string, owner: string) => boolean;
    /** Whether a file of ours that this run has not may be deleted. */
    readonly mayDelete: (file: string) => boolean;
    /** The most files that may be deleted at once. */
    readonly maxDeletions: number;
    /** Whose the foreign files are, and what was expected: `another stack's manifests …; expected a directory for each stack`. */
    readonly foreign: (files: string) => string;
    /** What comes of too many deletions: `Whoever applies the directory would delete these orgs`. */
    readonly consequence: string;
}

/** What became of a directory's files. */
export interface WrittenFiles {
    readonly written: readonly string[];
    readonly deleted: readonly string[];
    /** Files of which a run of an earlier version has not written down whose they are: they stay. */
    readonly unowned: readonly string[];
}

/**
 * Writes YAML files into a directory, and deletes those that the same owner wrote there and this run has not. Whatever else is in
 * the directory stays.
 *
 * @param files name → text; names of a-z, 0-9 and `-`, with `.yaml`
 * @throws MendableError, with nothing written, where a file is foreign or more would be deleted than may be
 */
export function writeOwnedFiles(
    directory: string,
    files: ReadonlyMap<string, string>,
    { ownerOf, isForeign, mayDelete, maxDeletions, ...says }: FileOwnership,
): WrittenFiles {
    const list = path.join(directory, LIST);
    const before = readOwners(list);
    const foreign = [...before].filter(([file, owner]) => owner !== undefined && isForeign(file, owner));
    if (foreign.length > 0) {
        const whose = foreign.map(([file, owner]) => `"${file}" (${owner ?? ""})`).join(", ");
        throw new MendableError(`"${directory}" holds ${says.foreign(whose)}. Nothing was written.`);
    }
    const gone = [...before.keys()].filter((file) => !files.has(file));
    const deleted = gone.filter((file) => before.get(file) === ownerOf(file) && mayDelete(file));
    if (deleted.length > maxDeletions) {
        throw new MendableError(
            `${deleted.length} files would be deleted from "${directory}", more than ${maxDeletions}: ${deleted.join(", ")}. ` +
                `${says.consequence}. Nothing was written; where it is right: --max-deletions ${deleted.length}`,
        );
    }
    const kept = gone.filter((file) => !deleted.includes(file) && before.get(file) !== undefined);
    const owners = [...files.keys(), ...kept].map((file): [string, string] => [
        file,
        before.get(file) ?? ownerOf(file),
    ]);
    fs.mkdirSync(directory, { recursive: true });
    // The list first: a run that is interrupted leaves nothing behind that the next one does not know.
    writeWhole(
        list,
        formatOwners([...owners, ...deleted.map((file): [string, string] => [file, ownerOf(file)])]),
    );
    for (const [name, text] of files) {
        fs.writeFileSync(path.join(directory, name), text);
    }
    for (const name of deleted) {
        fs.rmSync(path.join(directory, name), { force: true });
    }
    writeWhole(list, formatOwners(owners));
    const unowned = gone.filter(
        (file) => before.get(file) === undefined && fs.existsSync(path.join(directory, file)),
    );
    return { written: [...files.keys()].sort(), deleted, unowned };
}

/** File → its owner; `undefined` where an earlier version wrote the file's name alone. */
function readOwners(list: string): ReadonlyMap<string, string | undefined> {
    const lines = fs.existsSync(list) ? fs.readFileSync(list, "utf8").split("\n") : [];
    return new Map(
        lines.flatMap((line): [string, string | undefined][] => {
            const [, file, owner] = /^([a-z0-9-]+\.yaml)(?: ([a-z-]+\/\S+))?$/.exec(line) ?? [];
            return file === undefined ? [] : [[file, owner]];
        }),
    );
}

function formatOwners(owners: readonly (readonly [string, string])[]): string {
    return owners
        .map(([file, owner]) => `${file} ${owner}\n`)
        .sort()
        .join("");
}
