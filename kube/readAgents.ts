import type { KubeClient } from "./kubeClient";
import { listAll } from "./listAll";
import { type LiveAgent, describeLiveAgent } from "./liveAgent";
import type { LivePod } from "./liveObjects";
import { type ReadObject, readDeployment, readPod } from "./readObjects";
import type { RetryPolicy } from "../lib/http/retry";

/** Where agents are looked for. */
export interface ReadAgentsOptions {
    /** One namespace alone; all of them when left out. */
    readonly namespace?: string;
    /** A label selector for Deployments and pods. */
    readonly labelSelector?: string;
    /** The agents' container; `agent` when left out. */
    readonly container?: string;
    readonly retry?: RetryPolicy;
    readonly signal?: AbortSignal;
}

/** Deployments with their pods at one moment, by `namespace/name`. */
export type LiveAgents = ReadonlyMap<string, LiveAgent>;

/**
 * Reads Deployments and what their pods run: two lists, whatever the number of agents. An object that cannot be read is missing
 * from the answer, and so proves nothing.
 *
 * @throws ApiError
 */
export async function readAgents(client: KubeClient, options: ReadAgentsOptions): Promise<LiveAgents> {
    const { namespace, labelSelector, container, retry, signal } = options;
    const scope = namespace === undefined ? "" : `/namespaces/${namespace}`;
    const list = async <T>(path: string, read: (item: unknown) => ReadObject<T>): Promise<T[]> => {
        const found = await listAll(client, { path, query: { labelSelector }, retry, signal }, read);
        return found.flatMap((each) => (each.ok ? [each.object] : []));
    };
    // Pods first: a pod that is gone from a later list of Deployments is no harm, one that is not in an earlier list would be.
    const pods = await list(`/api/v1${scope}/pods`, readPod);
    const deployments = await list(`/apis/apps/v1${scope}/deployments`, readDeployment);
    const podsOf = Map.groupBy(pods, (pod: LivePod) => pod.namespace);
    return new Map(
        deployments.map((deployment) => [
            `${deployment.namespace}/${deployment.name}`,
            describeLiveAgent(deployment, podsOf.get(deployment.namespace) ?? [], container),
        ]),
    );
}
