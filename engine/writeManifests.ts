import { stringify } from "yaml";
import type { KubernetesObject } from "./evaluateProgram";
import { type WrittenFiles, writeOwnedFiles } from "./ownedFiles";
import type { RenderedStack } from "./renderStack";

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
            stringify(object, {
                sortMapEntries: sortFields,
                aliasDuplicateObjects: false,
                lineWidth: 0,
                // kubectl reads YAML 1.1, where `no` and `0o17` without quotes are no texts.
                compat: "yaml-1.1",
            }),
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
): WrittenFiles {
    const ownerOf = (file: string) => `${projectOf(file)}/${stack}`;
    const texts = [...files].map(([file, objects]): [string, string] => [file, formatManifests(objects)]);
    return writeOwnedFiles(directory, new Map(texts), {
        ownerOf,
        isForeign: (file, owner) => files.has(file) && owner !== ownerOf(file),
        mayDelete: (file) => projects.includes(projectOf(file)),
        maxDeletions,
        foreign: (whose) =>
            `another stack's manifests under the same names: ${whose}; expected a directory for each stack`,
        consequence: "Whoever applies the directory would delete these orgs",
    });
}

function projectOf(file: string): Project {
    return file === PLATFORM_FILE ? "platform" : "customer-orgs";
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
