import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { writeWhole } from "../lib/system/writeWhole";
import { MendableError } from "../lib/text/mendableError";
import type { KubernetesObject } from "./evaluateProgram";
import type { RenderedStack } from "./renderStack";

/** The list of files that a directory got from here, each with its owner, so that the next run can delete those of orgs that have left. */
const LIST = ".rendered-files";

/** The one file of the platform's project. */
const PLATFORM_FILE = "platform.yaml";

/** One YAML file and the objects in it. */
export type ManifestFiles = ReadonlyMap<string, readonly KubernetesObject[]>;

/** Sorts a stack's objects into files: `platform.yaml`, and one `org-<slug>.yaml` for every org's namespace. */
export function sortIntoFiles({ platform, customerOrgs }: RenderedStack): ManifestFiles {
    const files = new Map<string, KubernetesObject[]>();
    if (platform.length > 0) {
        files.set(PLATFORM_FILE, [...platform]);
    }
    for (const object of customerOrgs) {
        const namespace = object.metadata.namespace ?? object.metadata.name;
        const file = `${namespace}.yaml`;
        files.set(file, [...(files.get(file) ?? []), object]);
    }
    return files;
}

/** One multi-document YAML text. Objects in an order that does not depend on timing, the namespace before what is in it. */
export function formatManifests(objects: readonly KubernetesObject[]): string {
    const sorted = [...objects].sort((a, b) => {
        const [left, right] = [sortKey(a), sortKey(b)];
        return left < right ? -1 : left > right ? 1 : 0;
    });
    return sorted
        .map((object) =>
            stringify(object, { sortMapEntries: sortFields, aliasDuplicateObjects: false, lineWidth: 0 }),
        )
        .join("---\n");
}

/** Whose files a run writes, and how many it may delete. */
export interface ManifestOwner {
    readonly stack: string;
    /** The projects that were rendered; what is missing of another one says nothing. */
    readonly projects: readonly Project[];
    /** The most files that may be deleted at once: a wrong directory or setting would have GitOps delete the customers. */
    readonly maxDeletions: number;
}

/** One of the two projects. */
export type Project = "platform" | "customer-orgs";

/** What became of a directory's files. */
export interface WrittenManifests {
    readonly written: readonly string[];
    readonly deleted: readonly string[];
    /** Files of which a run of an earlier version has not written down whose they are: they stay. */
    readonly unowned: readonly string[];
}

/**
 * Writes the files into a directory, and deletes those that the same stack and project wrote there and this run has not. Whatever
 * else is in the directory stays.
 *
 * @throws MendableError, with nothing written, where a file is another stack's or more would be deleted than may be
 */
export function writeManifests(
    directory: string,
    files: ManifestFiles,
    { stack, projects, maxDeletions }: ManifestOwner,
): WrittenManifests {
    const list = path.join(directory, LIST);
    const before = readOwners(list);
    const own = (file: string) => `${projectOf(file)}/${stack}`;
    const foreign = [...files.keys()].filter((file) => (before.get(file) ?? own(file)) !== own(file));
    if (foreign.length > 0) {
        const whose = foreign.map((file) => `"${file}" (${before.get(file) ?? ""})`).join(", ");
        throw new MendableError(
            `"${directory}" holds another stack's manifests under the same names: ${whose}; expected a directory for each stack. Nothing was written.`,
        );
    }
    const gone = [...before.keys()].filter((file) => !files.has(file));
    const deleted = gone.filter(
        (file) => before.get(file) === own(file) && projects.includes(projectOf(file)),
    );
    if (deleted.length > maxDeletions) {
        throw new MendableError(
            `${deleted.length} files would be deleted from "${directory}", more than ${maxDeletions}: ${deleted.join(", ")}. Whoever applies ` +
                `the directory would delete these orgs. Nothing was written; where it is right: --max-deletions ${deleted.length}`,
        );
    }
    const kept = gone.filter((file) => !deleted.includes(file) && before.get(file) !== undefined);
    const owners = [...files.keys(), ...kept].map((file): [string, string] => [
        file,
        before.get(file) ?? own(file),
    ]);
    fs.mkdirSync(directory, { recursive: true });
    // The list first: a run that is interrupted leaves nothing behind that the next one does not know.
    writeWhole(
        list,
        formatOwners([...owners, ...deleted.map((file): [string, string] => [file, own(file)])]),
    );
    for (const [name, objects] of files) {
        fs.writeFileSync(path.join(directory, name), formatManifests(objects));
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

function projectOf(file: string): Project {
    return file === PLATFORM_FILE ? "platform" : "customer-orgs";
}

/** File → `project/stack`; `undefined` where an earlier version wrote the file's name alone. */
function readOwners(list: string): ReadonlyMap<string, string | undefined> {
    const lines = fs.existsSync(list) ? fs.readFileSync(list, "utf8").split("\n") : [];
    return new Map(
        lines.flatMap((line): [string, string | undefined][] => {
            const [, file, owner] = /^([a-z0-9-]+\.yaml)(?: ([a-z-]+\/[A-Za-z0-9._-]+))?$/.exec(line) ?? [];
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

function sortKey({ kind, metadata }: KubernetesObject): string {
    const rank = kind === "Namespace" ? 0 : kind === "Deployment" ? 2 : 1;
    return `${rank} ${metadata.namespace ?? ""} ${kind} ${metadata.name}`;
}

const FIRST_FIELDS = ["apiVersion", "kind", "metadata", "name", "namespace", "spec"];

/** What people look for first stands first, the rest by name. */
function sortFields(a: { key: unknown }, b: { key: unknown }): number {
    const [left, right] = [scalar(a.key), scalar(b.key)];
    const [i, j] = [FIRST_FIELDS.indexOf(left), FIRST_FIELDS.indexOf(right)];
    if (i >= 0 || j >= 0) {
        return (i < 0 ? FIRST_FIELDS.length : i) - (j < 0 ? FIRST_FIELDS.length : j);
    }
    return left < right ? -1 : 1;
}

function scalar(key: unknown): string {
    return String((key as { value?: unknown }).value ?? key);
}
