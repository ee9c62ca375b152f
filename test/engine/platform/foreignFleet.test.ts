import assert from "node:assert/strict";
import { AppsV1Api, KubernetesObjectApi, V1ObjectMeta } from "@kubernetes/client-node";
import { imagesIn } from "../../support/objects";
import { imageOf } from "../../support/referenceProject";
import { useEngine } from "../../support/useEngine";
import { useNamespace } from "../../support/useNamespace";

const [OLD, NEW] = [imageOf("claude-code", "a"), imageOf("claude-code", "b")];

describe("a core fleet that somebody else made, on a real engine", function () {
    this.timeout(180_000);
    const suite = useEngine();
    const namespace = useNamespace(() => suite().cluster, "foreign-core");

    const make = async (name: string, container: string) => {
        const objects = KubernetesObjectApi.makeApiClient(suite().cluster.kubeConfig);
        const labels = { app: name };
        const deployment: Parameters<typeof objects.create>[0] & { spec: unknown } = {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: Object.assign(new V1ObjectMeta(), { name, namespace }),
            spec: {
                replicas: 1,
                selector: { matchLabels: labels },
                template: { metadata: { labels }, spec: { containers: [{ name: container, image: OLD }] } },
            },
        };
        await objects.create(deployment);
    };
    const up = async (agent: string) => {
        const { workspace, cluster } = suite();
        workspace.writeSettings("platform", `foreign-${agent}`, {
            "platform:kubeContext": cluster.context,
            "platform:runtimes": { "claude-code": { image: NEW, release: "v2" } },
            "platform:coreFleet": {
                namespace,
                agents: [{ name: agent, runtime: "claude-code", manage: "image" }],
            },
        });
        const stack = await workspace.stack("platform", `foreign-${agent}`);
        return stack.up({ color: "never" });
    };

    it('is rolled at the first up by "manage: image" alone: its namespace and all else stay its owner\'s', async () => {
        await make("agent-ceo", "agent");
        const { outputs, summary } = await up("ceo");
        assert.deepEqual(await imagesIn(suite().cluster, namespace), { "agent-ceo": NEW });
        const { runtimes } = outputs["runtimeImages"]?.value as {
            runtimes: Record<string, { image: string }>;
        };
        assert.equal(runtimes["claude-code"]?.image, NEW);
        assert.equal(summary.result, "succeeded");
    });

    it("gets no second container where its own is called otherwise: nothing is changed, and it says so", async () => {
        await make("agent-cto", "main");
        await assert.rejects(
            up("cto"),
            /has no container "agent" \(it has "main"\): a second one would be added/,
        );
        await assert.rejects(up("cfo"), /there is no Deployment "foreign-core-\d+\/agent-cfo"/);
        const apps = suite().cluster.kubeConfig.makeApiClient(AppsV1Api);
        const { spec } = await apps.readNamespacedDeployment({ name: "agent-cto", namespace });
        assert.deepEqual(
            spec?.template.spec?.containers.map(({ name, image }) => [name, image]),
            [["main", OLD]],
        );
    });
});
