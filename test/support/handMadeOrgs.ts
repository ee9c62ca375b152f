import type { KubeClient } from "../../kube/kubeClient";
import { readCluster } from "../../kube/readCluster";
import type { LiveDeployment } from "../../kube/liveObjects";
import { until } from "./until";

/** One hand-made agent. */
export interface HandMadeAgent {
    readonly name: string;
    readonly image: string;
    readonly replicas?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    /** Of its pods: what a node does with them (local/cluster/stages.yaml). */
    readonly podAnnotations?: Readonly<Record<string, string>>;
    readonly paused?: boolean;
    /** In which its rollout must make progress. */
    readonly deadlineSeconds?: number;
    readonly sidecars?: readonly { readonly name: string; readonly image: string }[];
    /** The image of an init container `boot-gate`; none when left out. */
    readonly gate?: string;
}

/** Makes an org as the platform's old provisioner did: a namespace and Deployments, with labels of nobody's. */
export async function makeOrg(
    client: KubeClient,
    namespace: string,
    labels: Readonly<Record<string, string>>,
    agents: readonly HandMadeAgent[],
): Promise<void> {
    await client.request({
        method: "POST",
        path: "/api/v1/namespaces",
        body: { metadata: { name: namespace, labels } },
    });
    for (const agent of agents) {
        const selector = { app: agent.name };
        await client.request({
            method: "POST",
            path: `/apis/apps/v1/namespaces/${namespace}/deployments`,
            query: { fieldManager: "provisioner" },
            body: {
                metadata: {
                    name: agent.name,
                    labels: { ...selector, ...agent.labels },
                    annotations: agent.annotations,
                },
                spec: {
                    replicas: agent.replicas ?? 1,
                    paused: agent.paused,
                    progressDeadlineSeconds: agent.deadlineSeconds ?? 120,
                    minReadySeconds: 0,
                    selector: { matchLabels: selector },
                    template: {
                        metadata: { labels: selector, annotations: agent.podAnnotations },
                        spec: {
                            initContainers: agent.gate && [{ name: "boot-gate", image: agent.gate }],
                            containers: [...(agent.sidecars ?? []), { name: "agent", image: agent.image }],
                        },
                    },
                },
            },
        });
    }
}

/** The agents of the namespaces with a label, once all of them have settled. */
export async function settledAgents(
    client: KubeClient,
    namespaceSelector: string,
    expected: number,
): Promise<readonly LiveDeployment[]> {
    return until("the agents to settle", async () => {
        const { deployments } = await readCluster(client, { pods: false, namespaceSelector });
        const settled = deployments.filter(
            (each) =>
                each.observedGeneration === each.generation &&
                (each.paused || each.availableReplicas === each.replicas),
        );
        return settled.length === expected ? settled : undefined;
    });
}
