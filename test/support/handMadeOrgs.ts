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
    readonly command?: readonly string[];
    readonly nodeSelector?: Readonly<Record<string, string>>;
    /** Has a ServiceAccount of its own, `<name>`, with these annotations. */
    readonly account?: Readonly<Record<string, string>>;
    /** Has a claim of this name, which is bound to a volume that is made for it: nobody provisions any here. */
    readonly claim?: string;
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
        await makeCompanions(client, namespace, agent);
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
                    strategy: agent.claim === undefined ? undefined : { type: "Recreate" },
                    selector: { matchLabels: selector },
                    template: {
                        metadata: { labels: selector, annotations: agent.podAnnotations },
                        spec: {
                            initContainers: agent.gate && [{ name: "boot-gate", image: agent.gate }],
                            containers: [
                                ...(agent.sidecars ?? []),
                                {
                                    ...{ name: "agent", image: agent.image, command: agent.command },
                                    volumeMounts: agent.claim && [{ name: "state", mountPath: "/state" }],
                                },
                            ],
                            nodeSelector: agent.nodeSelector,
                            serviceAccountName: agent.account && agent.name,
                            volumes: agent.claim && [
                                { name: "state", persistentVolumeClaim: { claimName: agent.claim } },
                            ],
                        },
                    },
                },
            },
        });
    }
}

/** What an agent has beside its Deployment. */
async function makeCompanions(
    client: KubeClient,
    namespace: string,
    { name, account, claim }: HandMadeAgent,
): Promise<void> {
    const post = (path: string, body: unknown) => client.request({ method: "POST", path, body });
    if (account !== undefined) {
        await post(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
            metadata: { name, annotations: account },
        });
    }
    if (claim !== undefined) {
        const storageClassName = `${namespace}-${claim}`;
        const accessModes = ["ReadWriteOnce"];
        await post("/api/v1/persistentvolumes", {
            metadata: { name: storageClassName },
            spec: {
                ...{ storageClassName, accessModes, capacity: { storage: "1Gi" } },
                hostPath: { path: "/nowhere" },
            },
        });
        await post(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`, {
            metadata: { name: claim },
            spec: { storageClassName, accessModes, resources: { requests: { storage: "1Gi" } } },
        });
    }
}

/** Puts an autoscaler over a Deployment: without anybody who measures, it still has as many pods as it must at least. */
export async function autoscale(
    client: KubeClient,
    namespace: string,
    deployment: string,
    minReplicas: number,
): Promise<void> {
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: deployment };
    await client.request({
        method: "POST",
        path: `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
        body: {
            metadata: { name: deployment },
            spec: { minReplicas, maxReplicas: minReplicas + 1, scaleTargetRef },
        },
    });
}

/** What a hand-made agent has beside its Deployment, by what an adoption must leave: which objects they are, and what is in them. */
export async function companionsOf(
    client: KubeClient,
    namespace: string,
    agent: string,
): Promise<Readonly<Record<"claim" | "volume" | "account" | "role", string | undefined>>> {
    const list = async (kind: string) => {
        const { items } = (await client.request({ path: `/api/v1/namespaces/${namespace}/${kind}` })) as {
            items: {
                metadata: { name: string; uid: string; annotations?: Record<string, string> };
                spec?: { volumeName?: string };
            }[];
        };
        return items;
    };
    const [claim] = await list("persistentvolumeclaims");
    const account = (await list("serviceaccounts")).find(({ metadata }) => metadata.name === agent)?.metadata;
    return {
        ...{ claim: claim?.metadata.uid, volume: claim?.spec?.volumeName },
        ...{ account: account?.uid, role: account?.annotations?.["cloud.example/role"] },
    };
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
