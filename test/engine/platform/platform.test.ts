import assert from "node:assert/strict";
import { AppsV1Api, CoreV1Api, KubernetesObjectApi, V1ObjectMeta } from "@kubernetes/client-node";
import { parseProof } from "../../../proof/proofRecord";
import { imagesIn } from "../../support/objects";
import { imageOf } from "../../support/referenceProject";
import { until } from "../../support/until";
import { useEngine } from "../../support/useEngine";

describe("the platform's program on a real engine", function () {
    this.timeout(600_000);
    const suite = useEngine();

    const reference = async (name: string, image: string, replicas = 1) => {
        const objects = KubernetesObjectApi.makeApiClient(suite().cluster.kubeConfig);
        const labels = { app: name };
        const deployment: Parameters<typeof objects.create>[0] & { spec: unknown } = {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: Object.assign(new V1ObjectMeta(), { name, namespace: "default" }),
            spec: {
                replicas,
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        containers: [
                            { name: "sidecar", image: "x:latest" },
                            { name: "agent", image },
                        ],
                    },
                },
            },
        };
        await objects.create(deployment);
    };
    const apps = () => suite().cluster.kubeConfig.makeApiClient(AppsV1Api);
    const core = () => suite().cluster.kubeConfig.makeApiClient(CoreV1Api);
    const rolledOut = (name: string) =>
        until(`the rollout of ${name}`, async () => {
            const { status } = await apps().readNamespacedDeployment({ name, namespace: "default" });
            return status?.availableReplicas === 1 ? status : undefined;
        });
    const pinTo = (deployment: string) => ({
        "platform:runtimes": { "claude-code": { fromDeployment: { namespace: "default", deployment } } },
    });
    const deploy = async (stack: string, settings: Record<string, unknown>) => {
        const { workspace, cluster } = suite();
        workspace.writeSettings("platform", stack, { "platform:kubeContext": cluster.context, ...settings });
        return (await workspace.stack("platform", stack)).up();
    };

    it("rolls its core fleet from its own pins, and exports them", async () => {
        const [code, agent] = [imageOf("claude-code", "a"), imageOf("platform-agent", "b")];
        const { outputs } = await deploy("fleet", {
            "platform:runtimes": {
                "claude-code": { image: code, release: "v1", promotedAt: "2026-06-21T10:19:30Z" },
                "platform-agent": { image: agent, release: "v1" },
            },
            "platform:coreFleet": {
                namespace: "agents",
                defaults: { minReadySeconds: 0 },
                agents: [
                    { name: "ceo", runtime: "platform-agent" },
                    { name: "cto", runtime: "claude-code" },
                ],
            },
        });
        assert.deepEqual(await imagesIn(suite().cluster, "agents"), {
            "agent-ceo": agent,
            "agent-cto": code,
        });
        assert.deepEqual(outputs["runtimeImages"]?.value, {
            schemaVersion: 1,
            runtimes: {
                "claude-code": { image: code, release: "v1", promotedAt: "2026-06-21T10:19:30Z" },
                "platform-agent": { image: agent, release: "v1" },
            },
        });
    });

    it("pins a runtime to what a live Deployment's container runs", async () => {
        const image = `ghcr.io/genbrain/claude-code:sha-19f3175@sha256:${"c".repeat(64)}`;
        await reference("plat-good", image);
        await rolledOut("plat-good");
        const { outputs } = await deploy("live", pinTo("plat-good"));
        assert.deepEqual(outputs["runtimeImages"]?.value, {
            schemaVersion: 1,
            runtimes: { "claude-code": { image, release: "sha-19f3175" } },
        });
        const { evidence } = parseProof(outputs["proof"]?.value)?.get("claude-code")?.proven ?? {};
        assert.deepEqual([evidence?.by, evidence?.agents], ["agents", ["default/plat-good"]]);
    });

    it("refuses a live Deployment without replicas, one being deleted, and one whose rollout cannot end", async () => {
        const image = imageOf("claude-code", "d");
        await reference("plat-none", image, 0);
        await assert.rejects(deploy("none", pinTo("plat-none")), /cannot be pinned to: it has 0 replicas/);

        await reference("plat-sick", `ghcr.io/genbrain/claude-code@sha256:bad0${"0".repeat(60)}`);
        await assert.rejects(deploy("sick", pinTo("plat-sick")), /cannot be pinned to: /);

        await reference("plat-gone", image);
        const metadata = { name: "plat-gone", namespace: "default" };
        await rolledOut("plat-gone");
        // The API server keeps it until its pods are gone, and this finalizer has it stay for longer.
        const hold = [{ op: "add", path: "/metadata/finalizers", value: ["tests.example.com/hold"] }];
        await apps().patchNamespacedDeployment({ ...metadata, body: hold });
        await apps().deleteNamespacedDeployment(metadata);
        try {
            await assert.rejects(
                deploy("gone", pinTo("plat-gone")),
                /cannot be pinned to: its Deployment is being deleted/,
            );
        } finally {
            await apps().patchNamespacedDeployment({
                ...metadata,
                body: [{ op: "remove", path: "/metadata/finalizers" }],
            });
        }
    });

    it("refuses a live Deployment whose pod really runs another image, and exports what it proved before", async () => {
        const image = imageOf("claude-code", "e");
        await reference("plat-other", image);
        await rolledOut("plat-other");
        await deploy("other", pinTo("plat-other"));
        const { items } = await core().listNamespacedPod({
            namespace: "default",
            labelSelector: "app=plat-other",
        });
        const [pod] = items;
        const statuses = pod?.status?.containerStatuses ?? [];
        const imageID = `ghcr.io/genbrain/claude-code@sha256:${"9".repeat(64)}`;
        const index = statuses.findIndex(({ name }) => name === "agent");
        await core().patchNamespacedPodStatus({
            name: pod?.metadata?.name ?? "",
            namespace: "default",
            body: [{ op: "replace", path: `/status/containerStatuses/${index}/imageID`, value: imageID }],
        });
        await assert.rejects(
            deploy("other", pinTo("plat-other")),
            /cannot be pinned to: the pod ".*" runs "sha256:999/,
        );
        const stack = await suite().workspace.stack("platform", "other");
        assert.match(JSON.stringify((await stack.outputs())["runtimeImages"]?.value), /sha256:eee/);
    });

    it("refuses a live Deployment on a mutable image, naming the runtime and where to fix it", async () => {
        await reference("plat-bad", "ghcr.io/genbrain/claude-code:latest");
        await assert.rejects(
            deploy("mutable", pinTo("plat-bad")),
            /platform\/Pulumi\.mutable\.yaml: platform:runtimes\.claude-code: .*"ghcr\.io\/genbrain\/claude-code:latest"/,
        );
    });

    it("refuses a mutable pin before anything is asked", async () => {
        await assert.rejects(
            deploy("latest", {
                "platform:runtimes": { "claude-code": { image: "ghcr.io/genbrain/claude-code:latest" } },
            }),
            /platform\/Pulumi\.latest\.yaml: platform:runtimes\.claude-code\.image: "ghcr\.io\/genbrain\/claude-code:latest"/,
        );
    });

    it("says whose fault it is that a tag cannot be resolved: the plugin's, the daemon's or the registry's", async () => {
        // Port 9 is nobody's, so that it fails on every machine: without plugin, without daemon, and with both.
        const image = "127.0.0.1:9/genbrain/claude-code:sha-19f3175";
        await assert.rejects(
            deploy("tagged", { "platform:runtimes": { "claude-code": { image } } }),
            (error: Error) => {
                const said = error.message.replace(/\s+/g, " ");
                assert.match(
                    said,
                    /platform\/Pulumi\.tagged\.yaml: platform:runtimes\.claude-code: asking the registry for the digest of "127\.0\.0\.1:9\/genbrain\/claude-code:sha-19f3175"\. This needs the Pulumi plugin "docker" and a Docker daemon/,
                );
                assert.match(
                    said,
                    /pulumi plugin install resource docker|[Dd]ocker daemon answers|docker host|the registry "127\.0\.0\.1:9" cannot be reached/,
                );
                return true;
            },
        );
    });

    it("has the cluster refuse a mutable image itself, where that is switched on", async () => {
        await deploy("admission", {
            "platform:runtimes": { "claude-code": { image: imageOf("claude-code", "a") } },
            "platform:admissionPolicy": {
                packConfig: "../policy/config/prod.json",
                validationActions: ["Deny"],
                allNamespaces: true,
            },
        });
        try {
            const end = Date.now() + 30_000;
            // The API server compiles a new policy in the background.
            for (let index = 0; ; index++) {
                const refused = await reference(
                    `plat-admission-${index}`,
                    "ghcr.io/genbrain/claude-code:latest",
                ).then(
                    () => false,
                    (error: unknown) => /require-immutable-images/.test(String(error)),
                );
                if (refused) {
                    break;
                }
                assert.ok(Date.now() < end, "the API server went on admitting a mutable image");
                await new Promise((resolve) => setTimeout(resolve, 500));
            }
        } finally {
            // The cluster is shared: other suites create what this policy refuses.
            await (await suite().workspace.stack("platform", "admission")).destroy();
        }
    });
});
