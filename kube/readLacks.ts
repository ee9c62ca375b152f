import type { KubeClient } from "./kubeClient";
import { ApiError } from "./apiError";
import { listAll } from "./listAll";

/** An object that somebody needs. */
export interface WantedObject {
    readonly kind: "Secret" | "ConfigMap";
    readonly name: string;
}

/** What of the wanted objects a namespace has not. */
export interface Lack {
    /** Whether the namespace itself is there. */
    readonly namespaceIsThere: boolean;
    readonly missing: readonly WantedObject[];
}

/** By which the API server answers with names and without values. */
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/**
 * What namespaces lack of the objects that are wanted in them. Names alone are read, never a Secret's value.
 *
 * @param wanted namespace → objects
 * @returns namespace → what it lacks; no entry for one that has everything
 * @throws ApiError where it cannot be read
 */
export async function readLacks(
    client: KubeClient,
    wanted: ReadonlyMap<string, readonly WantedObject[]>,
): Promise<ReadonlyMap<string, Lack>> {
    const lacks = await Promise.all(
        [...wanted].map(async ([namespace, objects]): Promise<readonly (readonly [string, Lack])[]> => {
            const there = new Set<string>();
            for (const kind of new Set(objects.map((object) => object.kind))) {
                const path = `/api/v1/namespaces/${namespace}/${kind === "Secret" ? "secrets" : "configmaps"}`;
                await listAll(client, { path, accept: METADATA_ONLY }, (item) => {
                    const name = (item as { metadata?: { name?: unknown } } | null)?.metadata?.name;
                    there.add(`${kind}/${String(name)}`);
                });
            }
            const missing = objects.filter(({ kind, name }) => !there.has(`${kind}/${name}`));
            return missing.length === 0
                ? []
                : [[namespace, { missing, namespaceIsThere: await isThere(client, namespace) }]];
        }),
    );
    return new Map(lacks.flat());
}

async function isThere(client: KubeClient, namespace: string): Promise<boolean> {
    try {
        await client.request({ path: `/api/v1/namespaces/${namespace}` });
        return true;
    } catch (error) {
        if (error instanceof ApiError && error.status === 404) {
            return false;
        }
        throw error;
    }
}
