import { loadStacks } from "../../config/loadStacks";
import { type KubeClient, connectKube } from "../../kube/kubeClient";
import { listAll } from "../../kube/listAll";
import type { LiveContainer, LivePod } from "../../kube/liveObjects";
import { readDeployment, readPod } from "../../kube/readObjects";
import { READ_RETRIES } from "../../kube/retry";
import { MendableError } from "../../lib/text/mendableError";
import { listEnvironments, readEnvironment } from "../environment";

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

/** A cluster that some stack of the checkout deploys to. */
export interface ClusterTarget {
    readonly context: string;
    readonly kubeconfig?: string;
}

/** Every cluster that a stack of the checkout names, once. Files that cannot be read name none; whoever reads them says so. */
export function listClusters(root: string, kubeconfig: string | undefined): readonly ClusterTarget[] {
    const clusters = new Map<string, ClusterTarget>();
    const add = (config: { readonly kubeContext: string; readonly kubeconfig?: string | undefined }) => {
        const target = { context: config.kubeContext, kubeconfig: kubeconfig ?? config.kubeconfig };
        clusters.set(JSON.stringify(target), target);
    };
    for (const name of listEnvironments(root)) {
        const read = readEnvironment(root, name);
        if (read.ok) {
            add(read.environment.config);
        }
    }
    for (const { config } of loadStacks(root).stacks.values()) {
        add(config);
    }
    return [...clusters.values()];
}

/** Asks every cluster who runs a digest, in all namespaces. One that does not answer stops none of the others. Never throws for that. */
export async function findLiveRunners(
    clusters: readonly ClusterTarget[],
    digest: string,
): Promise<LiveRunners> {
    const answers = await Promise.all(
        clusters.map(async (target): Promise<LiveRunners> => {
            let client: KubeClient | undefined;
            try {
                client = await connectKube(target);
                return { contexts: [target.context], ...(await readRunners(client, target.context, digest)) };
            } catch (error) {
                if (!(error instanceof MendableError)) {
                    throw error;
                }
                const problem = `the cluster of the context "${target.context}" was not asked: ${error.message}`;
                return { contexts: [], runners: [], problems: [problem] };
            } finally {
                client?.close();
            }
        }),
    );
    return {
        contexts: answers.flatMap(({ contexts }) => contexts),
        runners: answers.flatMap(({ runners }) => runners),
        problems: answers.flatMap(({ problems }) => problems),
    };
}

/** One paged list of pods and one of Deployments, over all namespaces. */
async function readRunners(
    client: KubeClient,
    context: string,
    digest: string,
): Promise<Pick<LiveRunners, "runners" | "problems">> {
    const problems: string[] = [];
    const pods = new Map<string, number>();
    const runs = ({ image }: LiveContainer) => image.digest === digest;
    await Promise.all([
        listAll(client, { path: "/api/v1/pods", retry: READ_RETRIES }, (item) => {
            const read = readPod(item);
            if (!read.ok) {
                problems.push(`${context}: ${read.problem}`);
                return;
            }
            const pod = read.object;
            // What the container runtime says counts too: a tag may have led to the digest.
            const really = [...pod.statuses, ...pod.initStatuses];
            if (
                !isOver(pod) &&
                (pod.containers.some(runs) || really.some(({ imageID }) => imageID.digest === digest))
            ) {
                const key = `${pod.namespace}/${workloadOf(pod)}`;
                pods.set(key, (pods.get(key) ?? 0) + 1);
            }
        }),
        listAll(client, { path: "/apis/apps/v1/deployments", retry: READ_RETRIES }, (item) => {
            const read = readDeployment(item);
            if (!read.ok) {
                problems.push(`${context}: ${read.problem}`);
                return;
            }
            const { namespace, name, containers, initContainers } = read.object;
            if ([...containers, ...initContainers].some(runs)) {
                const key = `${namespace}/${name}`;
                pods.set(key, pods.get(key) ?? 0);
            }
        }),
    ]);
    const runners = [...pods]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, count]): LiveRunner => {
            const slash = key.indexOf("/");
            return {
                context,
                namespace: key.slice(0, slash),
                workload: key.slice(slash + 1),
                pods: count,
            };
        });
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
