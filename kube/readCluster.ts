import * as path from "node:path";
import { AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX } from "../images/metadata";
import type { KubeClient } from "./kubeClient";
import { listAll } from "./listAll";
import type { LiveDeployment, LiveNamespace, LivePod } from "./liveObjects";
import { type ReadObject, readDeployment, readNamespace, readPod } from "./readObjects";
import type { RetryPolicy } from "../lib/http/retry";
import { type LiveWorkload, asWorkload, joinWorkloads, listWorkloads } from "./workloads";

/** What a cluster holds, at one moment. */
export interface LiveCluster {
    /** The uid of the namespace `kube-system`: the cluster's identity. */
    readonly uid: string | undefined;
    /** The namespaces `org-*`, and those that were named besides. */
    readonly namespaces: readonly LiveNamespace[];
    /** The Deployments `agent-*` in those namespaces. */
    readonly deployments: readonly LiveDeployment[];
    /** The pods in those namespaces; none were read where the caller did not want them. */
    readonly pods: readonly LivePod[];
    /** What else runs in those namespaces; none where the caller did not want it. */
    readonly workloads: readonly LiveWorkload[];
    /** Namespaces that are there and were left out, by name, with what left them out. */
    readonly leftOut: ReadonlyMap<string, "label" | "option">;
    /** Objects that could not be read. */
    readonly problems: readonly string[];
}

/** What to read, and what to leave aside. */
export interface ReadClusterOptions {
    /** Whether to read the pods too. */
    readonly pods: boolean;
    /** Whether to read what else runs in those namespaces too. */
    readonly workloads?: boolean;
    /** Namespaces that are looked at besides customers': the core fleet's. */
    readonly coreNamespaces?: readonly string[];
    /** Only customers' namespaces with these labels: a label selector in the API's own words. Hides whatever is not labelled. */
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
    const { retry, signal, namespaceSelector, coreNamespaces = [] } = options;
    const problems: string[] = [];
    const isOurs = (name: string) => isLookedAt(name, coreNamespaces);
    const inOurs = ({ namespace }: { readonly namespace: string }) => isOurs(namespace);
    const list = async <T>(
        listed: string,
        read: (item: unknown) => ReadObject<T>,
        wanted: (object: T) => boolean,
        labelSelector?: string,
    ): Promise<readonly T[]> => {
        const query = { labelSelector };
        // Not wanted is forgotten at once: a cluster may hold many pods of others.
        const found = await listAll(client, { path: listed, query, retry, signal }, (item) => {
            const answer = read(item);
            if (!answer.ok) {
                problems.push(answer.problem);
                return [];
            }
            return wanted(answer.object) ? [answer.object] : [];
        });
        return found.flat();
    };
    const [all, deployments, pods, others, selected] = await Promise.all([
        list("/api/v1/namespaces", readNamespace, ({ name }) => isOurs(name) || name === "kube-system"),
        list("/apis/apps/v1/deployments", readDeployment, inOurs),
        options.pods ? list("/api/v1/pods", readPod, inOurs) : [],
        options.workloads === true ? listWorkloads(client, { retry, signal }) : undefined,
        namespaceSelector === undefined
            ? undefined
            : list("/api/v1/namespaces", readNamespace, () => true, namespaceSelector),
    ]);
    return assembleCluster({ all, deployments, pods, others, selected, problems }, options);
}

/** What was listed of a cluster, or is known of it by watching. */
export interface ListedCluster {
    /** The namespaces that are looked at by their names, and kube-system. */
    readonly all: readonly LiveNamespace[];
    readonly deployments: readonly LiveDeployment[];
    readonly pods: readonly LivePod[];
    /** What else runs pods; absent where the caller did not want it. */
    readonly others: Awaited<ReturnType<typeof listWorkloads>> | undefined;
    /** The namespaces with the labels that were asked for; absent where none were. */
    readonly selected: readonly LiveNamespace[] | undefined;
    readonly problems: readonly string[];
}

/** Whether a namespace is a customer's by its name, or was named besides. */
export function isLookedAt(namespace: string, coreNamespaces: readonly string[] = []): boolean {
    return namespace.startsWith(ORG_NAMESPACE_PREFIX) || coreNamespaces.includes(namespace);
}

/** Brings together what was listed, without the namespaces that are left out. Pure. */
export function assembleCluster(
    { all, deployments, pods, others, selected, problems }: ListedCluster,
    {
        coreNamespaces = [],
        excludeNamespaces = [],
    }: Pick<ReadClusterOptions, "coreNamespaces" | "excludeNamespaces">,
): LiveCluster {
    const leftOut = new Map<string, "label" | "option">();
    const namespaces = all.filter(({ name, labels }) => {
        const isSelected =
            selected === undefined ||
            coreNamespaces.includes(name) ||
            selected.some((one) => one.name === name);
        const why = labels[IGNORE_LABEL] === "true" ? "label" : "option";
        if (why === "label" || isOneOf(name, excludeNamespaces) || !isSelected) {
            leftOut.set(name, why);
        }
        return isLookedAt(name, coreNamespaces) && !leftOut.has(name);
    });
    const names = new Set(namespaces.map(({ name }) => name));
    const kept = ({ namespace }: { readonly namespace: string }) => names.has(namespace);
    const ownDeployments = deployments.filter(kept);
    const ownPods = pods.filter(kept);
    const isAgent = ({ kind, name }: { readonly kind: string; readonly name: string }) =>
        kind === "Deployment" && name.startsWith(AGENT_DEPLOYMENT_PREFIX);
    return {
        uid: all.find(({ name }) => name === "kube-system")?.uid,
        namespaces,
        deployments: ownDeployments.filter(({ name }) => name.startsWith(AGENT_DEPLOYMENT_PREFIX)),
        pods: ownPods,
        workloads:
            others === undefined
                ? []
                : joinWorkloads(
                      [...ownDeployments.map(asWorkload), ...others.workloads.filter(kept)],
                      ownPods,
                  ).filter((one) => !isAgent(one)),
        leftOut,
        problems: [...problems, ...(others?.problems ?? [])],
    };
}

/** Whether a name is one of some patterns, in which `*` is any characters. */
export function isOneOf(name: string, patterns: readonly string[]): boolean {
    return patterns.some((pattern) => path.matchesGlob(name, pattern));
}
