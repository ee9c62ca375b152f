import type { KubeClient } from "../../kube/kubeClient";
import { listAll } from "../../kube/listAll";
import type { LiveContainer, LiveContainerStatus, LivePod } from "../../kube/liveObjects";
import { readDeployment, readPod } from "../../kube/readObjects";
import { READ_RETRIES } from "../../kube/retry";
import { type ClusterTarget, askClusters } from "../clusters";

/** A workload of a cluster that runs an image now, or would start it. */
export interface LiveRunner {
    /** The kubeconfig context of its cluster. */
    readonly context: string;
    readonly namespace: string;
    /** The Deployment that the pods belong to by their labels, or the pod's own name. */
    readonly workload: string;
    /** Pods that run it; 0 where only the Deployment's template names it, as when it is scaled to zero. */
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

/** One paged list of pods and one of Deployments, over all namespaces. */
async function readRunners(
    client: KubeClient,
    context: string,
    digest: string,
): Promise<Pick<LiveRunners, "runners" | "problems">> {
    const runs = ({ image }: LiveContainer) => image.digest === digest;
    // What the container runtime says counts too: a tag may have led to the digest.
    const reallyRuns = ({ imageID }: LiveContainerStatus) => imageID.digest === digest;
    const [pods, deployments] = await Promise.all([
        listAll(client, { path: "/api/v1/pods", retry: READ_RETRIES }, readPod),
        listAll(client, { path: "/apis/apps/v1/deployments", retry: READ_RETRIES }, readDeployment),
    ]);
    const found = [
        ...pods.flatMap((read) =>
            read.ok &&
            !isOver(read.object) &&
            (read.object.containers.some(runs) ||
                [...read.object.statuses, ...read.object.initStatuses].some(reallyRuns))
                ? [{ namespace: read.object.namespace, workload: workloadOf(read.object), pods: 1 }]
                : [],
        ),
        ...deployments.flatMap((read) =>
            read.ok && [...read.object.containers, ...read.object.initContainers].some(runs)
                ? [{ namespace: read.object.namespace, workload: read.object.name, pods: 0 }]
                : [],
        ),
    ];
    const runners = [...Map.groupBy(found, ({ namespace, workload }) => `${namespace}/${workload}`)]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([, [first, ...others]]) =>
            first === undefined
                ? []
                : [
                      {
                          ...first,
                          context,
                          pods: others.reduce((sum, { pods: more }) => sum + more, first.pods),
                      },
                  ],
        );
    const problems = [...pods, ...deployments].flatMap((read) =>
        read.ok ? [] : [`${context}: ${read.problem}`],
    );
    return { runners, problems };
}

function isOver({ phase }: LivePod): boolean {
    return phase === "Succeeded" || phase === "Failed";
}

/** A Deployment's pods are named `<deployment>-<hash>-<suffix>`, and carry the hash as a label. */
function workloadOf({ name, labels }: LivePod): string {
    const hash = labels["pod-template-hash"];
    const at = hash === undefined ? -1 : name.lastIndexOf(`-${hash}-`);
    return at > 0 ? name.slice(0, at) : name;
}
