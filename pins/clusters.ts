import { loadStacks } from "../config/loadStacks";
import { type KubeClient, chooseCluster, connectKube } from "../kube/kubeClient";
import { MendableError } from "../lib/text/mendableError";
import { readEnvironments } from "./environment";

/** A cluster that some stack of the checkout deploys to. */
export interface ClusterTarget {
    readonly context: string;
    readonly kubeconfig?: string;
}

/** Every cluster that a stack of the checkout names, once. Files that cannot be read name none; whoever reads them says so. */
export function listClusters(root: string, kubeconfig: string | undefined): readonly ClusterTarget[] {
    const targets = [...readEnvironments(root).environments, ...loadStacks(root).stacks.values()].map(
        ({ config }) => ({ ...chooseCluster({ kubeconfig }, config), context: config.kubeContext }),
    );
    return [...new Map(targets.map((target) => [JSON.stringify(target), target])).values()];
}

/** What clusters answered, and why others did not. */
export interface ClusterAnswers<T> {
    readonly answers: readonly { readonly context: string; readonly answer: T }[];
    readonly problems: readonly string[];
}

/** Asks clusters, all at the same time. One that does not answer stops none of the others. */
export async function askClusters<T>(
    clusters: readonly ClusterTarget[],
    ask: (client: KubeClient, context: string) => Promise<T>,
): Promise<ClusterAnswers<T>> {
    const problems: string[] = [];
    const answers = await Promise.all(
        clusters.map(async (target) => {
            let client: KubeClient | undefined;
            try {
                client = await connectKube(target);
                return [{ context: target.context, answer: await ask(client, target.context) }];
            } catch (error) {
                if (!(error instanceof MendableError)) {
                    throw error;
                }
                problems.push(
                    `the cluster of the context "${target.context}" was not asked: ${error.message}`,
                );
                return [];
            } finally {
                client?.close();
            }
        }),
    );
    return { answers: answers.flat(), problems };
}
