import { KubeConfig, KubernetesObjectApi, PatchStrategy, type V1Deployment } from "@kubernetes/client-node";
import type { KubernetesObject } from "../../engine/evaluateProgram";
import { formatImageReference } from "../../images/imageReference";
import { type KubeClient, createKubeClient } from "../../kube/kubeClient";
import { readAgents } from "../../kube/readAgents";
import { pause } from "../../lib/system/pause";

/** What one agent runs, as the API server has it. */
export interface ShownAgent {
    /** `namespace/deployment` */
    readonly key: string;
    /** The image of the container `agent` in the Deployment. */
    readonly image: string;
    /** The digests that its ready pods run, by the kubelet's word (`imageID`), each once. */
    readonly running: readonly string[];
    /** Whether its rollout has not finished. */
    readonly rolling: boolean;
}

/** What people give an agent by hand. */
export interface ShownWords {
    readonly command: readonly string[];
    readonly nodeSelector: Readonly<Record<string, string>>;
    /** Where its volumes are mounted. */
    readonly mounts: readonly string[];
}

/** Seconds in which the hand-made fleet must run. */
const DEADLINE_S = 120;

/** The API server, asked about agents and told to apply objects. */
export class ClusterView {
    private constructor(
        private readonly client: KubeClient,
        private readonly objects: KubernetesObjectApi,
    ) {}

    /** Connects by a kubeconfig's current context. */
    public static connect(kubeconfig: string): ClusterView {
        const config = new KubeConfig();
        config.loadFromFile(kubeconfig);
        return new ClusterView(createKubeClient(config), KubernetesObjectApi.makeApiClient(config));
    }

    /** Every Deployment with a container `agent` in a namespace whose name starts so, sorted. */
    public async agents(namespacePrefix: string): Promise<readonly ShownAgent[]> {
        const found = await readAgents(this.client, {});
        return [...found]
            .flatMap(([key, { image, running, rolling }]): ShownAgent[] => {
                const ready = running.flatMap(({ digest, ready }) => (ready > 0 ? (digest ?? []) : []));
                return image !== undefined && key.startsWith(namespacePrefix)
                    ? [{ key, image: formatImageReference(image), running: ready.sort(), rolling }]
                    : [];
            })
            .sort((a, b) => (a.key < b.key ? -1 : 1));
    }

    /** What an agent's pods are made with beside their image, as its Deployment has it. */
    public async wordsOf(namespace: string, name: string): Promise<ShownWords> {
        const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
        const { spec } = (await this.client.request({ path })) as V1Deployment;
        const pod = spec?.template.spec;
        const agent = pod?.containers.find((container) => container.name === "agent");
        return {
            command: agent?.command ?? [],
            nodeSelector: pod?.nodeSelector ?? {},
            mounts: agent?.volumeMounts?.map(({ mountPath }) => mountPath) ?? [],
        };
    }

    /** The uid of a namespace. */
    public async uidOf(namespace: string): Promise<string> {
        const found = await this.client.request({ path: `/api/v1/namespaces/${namespace}` });
        return (found as { metadata: { uid: string } }).metadata.uid;
    }

    /** Applies objects on the server's side and as one field manager: namespaces first, and Deployments last. */
    public async apply(objects: readonly KubernetesObject[], fieldManager: string): Promise<void> {
        const rank = ({ kind }: KubernetesObject) =>
            kind === "Namespace" ? 0 : kind === "Deployment" ? 2 : 1;
        for (const object of objects.toSorted((a, b) => rank(a) - rank(b))) {
            const strategy = PatchStrategy.ServerSideApply;
            await this.objects.patch(object, undefined, undefined, fieldManager, true, strategy);
        }
    }

    /**
     * Waits until every agent of the namespaces is rolled out.
     *
     * @throws Error after the deadline, naming those that are not
     */
    public async waitForRollout(namespacePrefix: string): Promise<void> {
        const end = Date.now() + DEADLINE_S * 1000;
        for (;;) {
            const waiting = (await this.agents(namespacePrefix)).filter(({ rolling }) => rolling);
            if (waiting.length === 0) {
                return;
            }
            if (Date.now() > end) {
                const names = waiting.map(({ key }) => `"${key}"`).join(", ");
                throw new Error(`not rolled out after ${DEADLINE_S} s: ${names}`);
            }
            await pause(200);
        }
    }

    /** Ends the connection. */
    public close(): void {
        this.client.close();
    }
}
