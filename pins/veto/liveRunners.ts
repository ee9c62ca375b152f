import type { KubeClient } from "../../kube/kubeClient";
import { listAll } from "../../kube/listAll";
import type { LiveContainer, LivePod } from "../../kube/liveObjects";
import { readDeployment, readPod } from "../../kube/readObjects";
import { READ_RETRIES } from "../../kube/retry";
import { asWorkload, joinWorkloads, listWorkloads } from "../../kube/workloads";
import { type ClusterTarget, askClusters } from "../clusters";

/** A workload of a cluster that runs an image now, or would start it. */
export interface LiveRunner {
    /** The kubeconfig context of its cluster. */
    readonly context: string;
    /** `Deployment`, `StatefulSet`, `CronJob`, `Pod`. */
    readonly kind: string;
    readonly namespace: string;
    /** The name of what the pods belong to, or of a pod that nothing made. */
    readonly workload: string;
    /** Pods that run it; 0 where only the template names it, as when it is scaled to zero or waits for its time. */
    readonly pods: number;
}

/** Who runs a digest in the clusters, and what could not be asked. */
export interface LiveRunners {
    /** The contexts that were asked and answered. */
    readonly contexts: readonly string[];
    readonly runners: readonly LiveRunner[];
    readonly problems: readonly string[];
}

/** Asks every cluster who runs a digest, in all namespaces. One that does not answer stops none of the others. */
export async function findLiveRunners(
    clusters: readonly ClusterTarget[],
    digest: string,
): Promise<LiveRunners> {
    const { answers, problems } = await askClusters(clusters, (client, context) =>
        readRunners(client, context, digest),
    );
    return {
        contexts: answers.map(({ context }) => context),
        runners: answers.flatMap(({ answer }) => answer.runners),
        problems: [...answers.flatMap(({ answer }) => answer.problems), ...problems],
    };
}

/** Whatever starts pods of the digest, or has one: one paged list of each kind, over all namespaces. */
async function readRunners(
    client: KubeClient,
    context: string,
    digest: string,
): Promise<Pick<LiveRunners, "runners" | "problems">> {
    const retry = READ_RETRIES;
    const [pods, deployments, others] = await Promise.all([
        listAll(client, { path: "/api/v1/pods", retry }, readPod),
        listAll(client, { path: "/apis/apps/v1/deployments", retry }, readDeployment),
        listWorkloads(client, { retry }),
    ]);
    const started = deployments.flatMap((read) => (read.ok ? [asWorkload(read.object)] : []));
    const alive = pods.flatMap((read) => (read.ok ? [read.object] : []));
    const starts = ({ image }: LiveContainer) => image.digest === digest;
    // What the container runtime says counts too: a tag may have led to the digest.
    const runs = ({ initContainers, containers, statuses, initStatuses }: LivePod) =>
        [...initContainers, ...containers].some(starts) ||
        [...statuses, ...initStatuses].some(({ imageID }) => imageID.digest === digest);
    const runners = joinWorkloads([...started, ...others.workloads], alive).flatMap(
        (workload): LiveRunner[] => {
            const { kind, namespace, name } = workload;
            const count = workload.pods.filter(runs).length;
            return count > 0 || workload.containers.some(starts)
                ? [{ context, kind, namespace, workload: name, pods: count }]
                : [];
        },
    );
    const unread = [...pods, ...deployments].flatMap((read) => (read.ok ? [] : [read.problem]));
    return {
        runners: runners.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
        problems: [...unread, ...others.problems].map((problem) => `${context}: ${problem}`),
    };
}

function keyOf({ namespace, workload }: LiveRunner): string {
    return `${namespace}/${workload}`;
}
