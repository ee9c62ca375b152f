import { ApiError } from "./apiError";
import type { KubeClient } from "./kubeClient";
import { type RetryPolicy, retry as retried } from "../lib/http/retry";
import { KUBE_RETRIES } from "./retry";

/** Objects of one page: enough that a thousand orgs are a handful of requests, few enough that no page is large. */
const PAGE_SIZE = 500;

/** How often a list is begun again when the API server forgot its place. */
const MAX_RESTARTS = 5;

/** What to list. */
export interface ListOptions {
    /** `/apis/apps/v1/deployments` */
    readonly path: string;
    readonly query?: Readonly<Record<string, string | undefined>>;
    readonly accept?: string;
    readonly pageSize?: number;
    readonly retry?: RetryPolicy;
    readonly signal?: AbortSignal;
}

/** A list, and the version of the whole that it is of; empty where the API server does not say one. */
export interface VersionedList<T> {
    readonly items: readonly T[];
    readonly version: string;
}

/**
 * Lists all objects of a kind, page by page, and keeps of each only what `read` makes of it. The number of requests depends
 * on the number of objects alone, never on that of namespaces.
 *
 * A list whose continue token has expired (410 Gone) is begun again, so that the answer is of one moment.
 *
 * @throws ApiError
 */
export async function listAll<T>(
    client: KubeClient,
    options: ListOptions,
    read: (item: unknown) => T,
): Promise<readonly T[]> {
    return (await listWithVersion(client, options, read)).items;
}

/** As {@link listAll}, with the version from which a watch sees whatever happens after the list. */
export async function listWithVersion<T>(
    client: KubeClient,
    options: ListOptions,
    read: (item: unknown) => T,
): Promise<VersionedList<T>> {
    for (let restart = 0; ; restart++) {
        try {
            return await listOnce(client, options, read);
        } catch (error) {
            if (!(error instanceof ApiError) || error.status !== 410 || restart >= MAX_RESTARTS) {
                throw error;
            }
        }
    }
}

async function listOnce<T>(
    client: KubeClient,
    { path, query = {}, accept, pageSize = PAGE_SIZE, retry = KUBE_RETRIES, signal }: ListOptions,
    read: (item: unknown) => T,
): Promise<VersionedList<T>> {
    const found: T[] = [];
    let token: string | undefined;
    let version: string;
    do {
        const page = await retried(
            () =>
                client.request({
                    path,
                    accept,
                    query: { ...query, limit: String(pageSize), continue: token },
                    signal,
                }),
            retry,
            signal,
        );
        const { items, metadata } = page as {
            items?: unknown;
            metadata?: { continue?: unknown; resourceVersion?: unknown } | null;
        };
        for (const item of Array.isArray(items) ? items : []) {
            found.push(read(item));
        }
        version = typeof metadata?.resourceVersion === "string" ? metadata.resourceVersion : "";
        token =
            typeof metadata?.continue === "string" && metadata.continue !== ""
                ? metadata.continue
                : undefined;
    } while (token !== undefined);
    return { items: found, version };
}
