import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import type { KubernetesObject } from "./evaluateProgram";
import type { RenderedStack } from "./renderStack";

/** The list of files that a directory got from here, so that the next run can delete those of orgs that have left. */
const LIST = ".rendered-files";

/** One YAML file and the objects in it. */
export type ManifestFiles = ReadonlyMap<string, readonly KubernetesObject[]>;

/** Sorts a stack's objects into files: `platform.yaml`, and one `org-<slug>.yaml` for every org's namespace. */
export function sortIntoFiles({ platform, customerOrgs }: RenderedStack): ManifestFiles {
    const files = new Map<string, KubernetesObject[]>();
    if (platform.length > 0) {
        files.set("platform.yaml", [...platform]);
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

/**
 * Writes the files into a directory, and deletes those that an earlier run wrote and this one has not. Whatever else is in
 * the directory stays.
 *
 * @returns the names of written and deleted files
 */
export function writeManifests(
    directory: string,
    files: ManifestFiles,
): { readonly written: readonly string[]; readonly deleted: readonly string[] } {
    fs.mkdirSync(directory, { recursive: true });
    const list = path.join(directory, LIST);
    const before = fs.existsSync(list) ? fs.readFileSync(list, "utf8").split("\n") : [];
    const written = [...files.keys()].sort();
    const deleted = before.filter((name) => /^[a-z0-9-]+\.yaml$/.test(name) && !files.has(name));
    // The list first: a run that is interrupted leaves nothing behind that the next one does not know.
    fs.writeFileSync(list, [...new Set([...written, ...deleted])].sort().join("\n") + "\n");
    for (const [name, objects] of files) {
        fs.writeFileSync(path.join(directory, name), formatManifests(objects));
    }
    for (const name of deleted) {
        fs.rmSync(path.join(directory, name), { force: true });
    }
    fs.writeFileSync(list, `${written.join("\n")}\n`);
    return { written, deleted };
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
