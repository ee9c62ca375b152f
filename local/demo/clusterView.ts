import {
    AppsV1Api,
    CoreV1Api,
    type KubeConfig,
    KubernetesObjectApi,
    PatchStrategy,
    type V1Deployment,
} from "@kubernetes/client-node";
import type { KubernetesObject } from "../../engine/evaluateProgram";
import { AGENT_CONTAINER } from "../../images/metadata";

/** What one agent runs, as the API server has it. */
export interface LiveAgent {
    /** `namespace/deployment` */
    readonly key: string;
    /** The image of the container `agent` in the Deployment. */
    readonly image: string;
    /** Whether every replica is updated and available. */
    readonly rolledOut: boolean;
}

/** The API server, asked about agents and told to apply objects. */
export class ClusterView {
    private readonly apps: AppsV1Api;
    private readonly core: CoreV1Api;
    private readonly objects: KubernetesObjectApi;

    public constructor(kubeConfig: KubeConfig) {
        this.apps = kubeConfig.makeApiClient(AppsV1Api);
        this.core = kubeConfig.makeApiClient(CoreV1Api);
        this.objects = KubernetesObjectApi.makeApiClient(kubeConfig);
    }

    /** Every Deployment with a container `agent` in a namespace whose name starts so, sorted. */
    public async agents(namespacePrefix: string): Promise<readonly LiveAgent[]> {
        const { items } = await this.apps.listDeploymentForAllNamespaces();
        return items
            .filter(({ metadata }) => metadata?.namespace?.startsWith(namespacePrefix) === true)
            .flatMap(describe)
            .sort((a, b) => (a.key < b.key ? -1 : 1));
    }

    /** The digests that an org's ready pods run, by the kubelet's word (`imageID`), each once. */
    public async runningDigests(namespace: string): Promise<readonly string[]> {
        const { items } = await this.core.listNamespacedPod({ namespace });
        const ids = items
            .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
            .flatMap(({ status }) => status?.containerStatuses ?? [])
            .filter(({ name, ready }) => name === AGENT_CONTAINER && ready)
            .map(({ imageID }) => imageID.slice(imageID.indexOf("@") + 1));
        return [...new Set(ids)].sort();
    }

    /** The namespaces whose name starts so, with their labels. */
    public async namespaces(
        prefix: string,
    ): Promise<readonly { name: string; labels: Readonly<Record<string, string>>; uid: string }[]> {
        const { items } = await this.core.listNamespace();
        return items
            .map(({ metadata }) => ({
                name: metadata?.name ?? "",
                labels: metadata?.labels ?? {},
                uid: metadata?.uid ?? "",
            }))
            .filter(({ name }) => name.startsWith(prefix));
    }

    /** Applies objects in the order given, on the server's side and as one field manager. */
    public async apply(objects: readonly KubernetesObject[], fieldManager: string): Promise<void> {
        for (const object of objects) {
            await this.objects.patch(
                object,
                undefined,
                undefined,
                fieldManager,
                true,
                PatchStrategy.ServerSideApply,
            );
        }
    }

    /**
     * Waits until every agent of the namespaces is rolled out.
     *
     * @throws Error after the deadline, naming those that are not
     */
    public async waitForRollout(namespacePrefix: string, deadlineMs = 120_000): Promise<void> {
        const end = Date.now() + deadlineMs;
        for (;;) {
            const waiting = (await this.agents(namespacePrefix)).filter(({ rolledOut }) => !rolledOut);
            if (waiting.length === 0) {
                return;
            }
            if (Date.now() > end) {
                const names = waiting.map(({ key }) => `"${key}"`).join(", ");
                throw new Error(`not rolled out after ${deadlineMs / 1000} s: ${names}`);
            }
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
    }
}

function describe({ metadata, spec, status }: V1Deployment): LiveAgent[] {
    const container = spec?.template.spec?.containers.find(({ name }) => name === AGENT_CONTAINER);
    if (container === undefined || metadata === undefined) {
        return [];
    }
    const replicas = spec?.replicas ?? 1;
    return [
        {
            key: `${metadata.namespace ?? ""}/${metadata.name ?? ""}`,
            image: container.image ?? "",
            rolledOut:
                (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
                (status?.updatedReplicas ?? 0) === replicas &&
                (status?.availableReplicas ?? 0) === replicas &&
                (status?.replicas ?? 0) === replicas,
        },
    ];
}
