import * as fs from "node:fs";
import * as path from "node:path";
import {
    BAD_IMAGE,
    GOOD_IMAGE,
    allowedImages,
    allowedObjects,
    deploymentOf,
    missingImages,
    toResource,
    violatingImages,
    workloads,
} from "../test/support/policy/corpus/readCorpus";

/** A manifest of the corpus in a file of its own, whose objects are called as the case. */
export interface CompareCase {
    readonly name: string;
    readonly file: string;
    readonly isBad: boolean;
}

/** Writes the corpus as manifests. What only Pulumi has (patches of single fields, typed components) is left out. */
export function writeCases(directory: string): CompareCase[] {
    const plain = <T extends { readonly type?: string }>(entries: readonly T[]) =>
        entries.filter(({ type }) => type === undefined);
    const bad = [
        ...violatingImages.map(({ image }) => deploymentOf(image)),
        ...plain(workloads).map((entry) => toResource(entry, BAD_IMAGE)),
        ...plain(missingImages).map((entry) => toResource(entry)),
    ];
    const good = [
        ...allowedImages.map(deploymentOf),
        ...plain(workloads).map((entry) => toResource(entry, GOOD_IMAGE)),
        ...plain(allowedObjects).map((entry) => toResource(entry)),
    ];
    return [...bad, ...good].map(({ props }, index) => {
        const name = `case-${index}`;
        const file = path.join(directory, `${name}.yaml`);
        // JSON is YAML, and some take no file of another name.
        fs.writeFileSync(file, JSON.stringify(withName(props, name)));
        return { name, file, isBad: index < bad.length };
    });
}

/** A value with every object in it that has metadata called by a name. */
function withName(value: unknown, name: string): unknown {
    if (Array.isArray(value)) {
        return (value as unknown[]).map((member) => withName(member, name));
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const entries = Object.entries(value as Record<string, unknown>).map(([key, member]) => [
        key,
        key === "metadata" && typeof member === "object" ? { ...member, name } : withName(member, name),
    ]);
    return Object.fromEntries(entries) as unknown;
}
