import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { type Resource, typeOf } from "../policyPackService";

/** The image that stands in a workload where a good one is wanted. */
export const GOOD_IMAGE = `ghcr.io/acme/agent@sha256:${"a".repeat(64)}`;

/** And where a bad one is. */
export const BAD_IMAGE = "ghcr.io/acme/agent:stable";

interface Entry {
    readonly name: string;
    readonly type?: string;
    readonly object: Readonly<Record<string, unknown>>;
}

/** Images that no workload may run, each with a part of the reason that has to be given. */
export const violatingImages = read("violatingImages") as readonly {
    readonly image: unknown;
    readonly why: string;
}[];

/** Images that every workload may run. */
export const allowedImages = read("allowedImages") as readonly string[];

/** Workloads of every kind, with the number of images in each. */
export const workloads = read("workloads") as readonly (Entry & { readonly images: number })[];

/** Workloads that lack an image, with the paths where. */
export const missingImages = read("missingImages") as readonly (Entry & {
    readonly paths: readonly string[];
})[];

/** Objects about which there is nothing to say. */
export const allowedObjects = read("allowedObjects") as readonly Entry[];

/** An entry as the resource that the engine would send. */
export function toResource({ type, object }: Entry, image?: string): Resource {
    const text = JSON.stringify(object);
    const filled = image === undefined ? text : text.replaceAll('"IMAGE"', JSON.stringify(image));
    return { type: type ?? typeOf(object), name: "p", props: JSON.parse(filled) as Record<string, unknown> };
}

/** A Deployment with one container that runs an image. */
export function deploymentOf(image: unknown): Resource {
    return {
        type: "kubernetes:apps/v1:Deployment",
        name: "p",
        props: {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "p", namespace: "default" },
            spec: { template: { spec: { containers: [{ name: "c", image }] } } },
        },
    };
}

/** Every place in a workload where its image stands, as a path. */
export function imagePaths(value: unknown, at = ""): string[] {
    if (value === "IMAGE") {
        return [at];
    }
    if (Array.isArray(value)) {
        return value.flatMap((item, index) => imagePaths(item, `${at}[${index}]`));
    }
    if (typeof value === "object" && value !== null) {
        return Object.entries(value).flatMap(([key, item]) =>
            imagePaths(item, at === "" ? key : `${at}.${key}`),
        );
    }
    return [];
}

function read(name: string): unknown {
    return parse(fs.readFileSync(path.join(__dirname, `${name}.yaml`), "utf8"));
}
