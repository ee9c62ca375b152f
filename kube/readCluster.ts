import * as path from "node:path";
import { AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX } from "../images/metadata";
import type { KubeClient } from "./kubeClient";
import { listAll } from "./listAll";
import type { LiveDeployment, LiveNamespace, LivePod } from "./liveObjects";
import { type ReadObject, readDeployment, readNamespace, readPod } from "./readObjects";
import type { RetryPolicy } from "../lib/http/retry";

/** What a cluster holds, at one moment. */
export interface LiveCluster {
    /** The uid of the namespace `kube-system`: the cluster's identity. */
    readonly uid: string | undefined;
    /** The namespaces `org-*`. */
    readonly namespaces: readonly LiveNamespace[];
    /** The Deployments `agent-*` in those namespaces. */
    readonly deployments: readonly LiveDeployment[];
    /** The pods in those namespaces; none were read where the caller did not want them. */
    readonly pods: readonly LivePod[];
    /** Objects that could not be read. */
    readonly problems: readonly string[];
}

/** What to read, and what to leave aside. */
export interface ReadClusterOptions {
    /** Whether to read the pods too. */
    readonly pods: boolean;
    /** Only namespaces with these labels: a label selector in the API's own words. Hides whatever is not labelled. */
    readonly namespaceSelector?: string;
    /** Namespaces that belong to someone else: names, with `*` for any characters. */
    readonly excludeNamespaces?: readonly string[];
    readonly retry?: RetryPolicy;
    readonly signal?: AbortSignal;
}

/** A namespace with this label is somebody else's, whatever it is called. */
const IGNORE_LABEL = "customer-orgs/ignore";

/**
 * Reads all customer namespaces with their agents: one paged list for each kind over all namespaces, however many there are.
 * No label selector is used by default, since what was made by hand has no labels.
 *
 * @throws ApiError
 */
export async function readCluster(client: KubeClient, options: ReadClusterOptions): Promise<LiveCluster> {
    const { retry, signal, namespaceSelector } = options;
    const problems: string[] = [];
    const keep = <T>(read: (item: unknown) => ReadObject<T>, wanted: (object: T) => boolean) => {
        return (item: unknown): readonly T[] => {
            const answer = read(item);
            if (!answer.ok) {
                problems.push(answer.problem);
                return [];
            }
            return wanted(answer.object) ? [answer.object] : [];
        };
    };
    const inOrg = ({ namespace }: { namespace: string }) => namespace.startsWith(ORG_NAMESPACE_PREFIX);
    const list = async <T>(path: string, read: (item: unknown) => readonly T[]) =>
        (await listAll(client, { path, retry, signal }, read)).flat();

    const [allNamespaces, deployments, pods, selected] = await Promise.all([
        list(
            "/api/v1/namespaces",
            keep(
                readNamespace,
                ({ name }) => name.startsWith(ORG_NAMESPACE_PREFIX) || name === "kube-system",
            ),
        ),
        list(
            "/apis/apps/v1/deployments",
            keep(readDeployment, (d) => inOrg(d) && d.name.startsWith(AGENT_DEPLOYMENT_PREFIX)),
        ),
        options.pods ? list("/api/v1/pods", keep(readPod, inOrg)) : [],
        namespaceSelector === undefined
            ? undefined
            : listAll(
                  client,
                  { path: "/api/v1/namespaces", query: { labelSelector: namespaceSelector }, retry, signal },
                  keep(readNamespace, () => true),
              ).then((found) => new Set(found.flat().map(({ name }) => name))),
    ]);
    const namespaces = allNamespaces.filter(
        ({ name, labels }) =>
            name.startsWith(ORG_NAMESPACE_PREFIX) &&
            labels[IGNORE_LABEL] !== "true" &&
            !isOneOf(name, options.excludeNamespaces ?? []) &&
            (selected === undefined || selected.has(name)),
    );
    const names = new Set(namespaces.map(({ name }) => name));
    return {
        uid: allNamespaces.find(({ name }) => name === "kube-system")?.uid,
        namespaces,
        deployments: deployments.filter(({ namespace }) => names.has(namespace)),
        pods: pods.filter(({ namespace }) => names.has(namespace)),
        problems,
    };
}

/** Whether a name is one of some patterns, in which `*` is any characters. */
export function isOneOf(name: string, patterns: readonly string[]): boolean {
    return patterns.some((pattern) => path.matchesGlob(name, pattern));
}
