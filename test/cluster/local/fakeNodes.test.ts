import { AppsV1Api, CoreV1Api, KubernetesObjectApi, type V1Pod } from "@kubernetes/client-node";
import assert from "node:assert/strict";
import { useCluster } from "../../support/sharedCluster";
import { until } from "../../support/until";
import { useNamespace } from "../../support/useNamespace";

const digest = (start: string) => `sha256:${start.padEnd(64, "0")}`;
const good = `ghcr.io/acme/agent:v1@${digest("1234")}`;

/** What pods do in the embedded cluster: kwok's stages (local/cluster/stages.yaml) play the kubelet. */
describe("the embedded cluster's nodes", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    const namespace = useNamespace(cluster, "fake-nodes");
    let core: CoreV1Api;
    let objects: KubernetesObjectApi;

    before(() => {
        core = cluster().kubeConfig.makeApiClient(CoreV1Api);
        objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
    });

    const pod = (name: string, spec: object, annotations: Record<string, string>) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace, annotations },
        spec,
    });
    const agent = (image: string) => ({ name: "agent", image });
    /** Creates a pod and waits for the state it gets from its node. */
    const settled = async (name: string, spec: object, annotations: Record<string, string> = {}) => {
        await objects.create(pod(name, spec, annotations));
        return until(`pod ${name} to have a state`, async () => {
            const read = await core.readNamespacedPod({ name, namespace });
            return read.status?.containerStatuses === undefined ? undefined : read;
        });
    };
    const isReady = ({ status }: V1Pod) =>
        status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ??
        false;

    it("make a Deployment ready, whose pods report the digest they run", async () => {
        const labels = { app: "rollout" };
        const deployment = {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "rollout", namespace },
            spec: {
                replicas: 2,
                selector: { matchLabels: labels },
                template: { metadata: { labels }, spec: { containers: [agent(good)] } },
            },
        };
        await objects.create(deployment);
        const apps = cluster().kubeConfig.makeApiClient(AppsV1Api);
        await until("the Deployment to be available", async () => {
            const { status } = await apps.readNamespacedDeployment({ name: "rollout", namespace });
            return status?.availableReplicas === 2 ? status : undefined;
        });
        const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=rollout" });
        assert.deepEqual(
            items.map(({ status }) => status?.containerStatuses?.[0]?.imageID),
            Array(2).fill(`ghcr.io/acme/agent@${digest("1234")}`),
        );
    });

    it("give each form of image reference the imageID of a real kubelet", async () => {
        const images = {
            [`host:5000/team/app@${digest("ab")}`]: `host:5000/team/app@${digest("ab")}`,
            [`host:5000/team/app:v1@${digest("ab")}`]: `host:5000/team/app@${digest("ab")}`,
            [`nginx@${digest("ab")}`]: `docker.io/library/nginx@${digest("ab")}`,
            [`acme/app@${digest("ab")}`]: `docker.io/acme/app@${digest("ab")}`,
            [`localhost/app@${digest("ab")}`]: `localhost/app@${digest("ab")}`,
        };
        const containers = Object.keys(images).map((image, index) => ({ name: `c${index}`, image }));
        const { status } = await settled("forms", { containers });
        assert.deepEqual(
            Object.fromEntries(
                (status?.containerStatuses ?? []).map(({ image, imageID }) => [image, imageID]),
            ),
            images,
        );
    });

    it("resolve a tag to the same digest each time, until an annotation moves it", async () => {
        const imageID = ({ status }: V1Pod) => status?.containerStatuses?.[0]?.imageID;
        const spec = { containers: [agent("ghcr.io/acme/agent:latest")] };
        const first = await settled("tag-1", spec);
        assert.match(imageID(first) ?? "", /^ghcr\.io\/acme\/agent@sha256:[0-9a-f]{64}$/);
        assert.equal(imageID(await settled("tag-2", spec)), imageID(first));
        const moved = await settled("tag-3", spec, { "local.customer-orgs/digest": digest("77") });
        assert.equal(imageID(moved), `ghcr.io/acme/agent@${digest("77")}`);
        const pinned = await settled(
            "tag-4",
            { containers: [agent(good)] },
            { "local.customer-orgs/digest": digest("77") },
        );
        assert.equal(imageID(pinned), `ghcr.io/acme/agent@${digest("1234")}`);
    });

    it("complete init containers before a pod is ready", async () => {
        const ready = await settled("init-good", {
            initContainers: [{ name: "gate", image: good }],
            containers: [agent(good)],
        });
        assert.ok(isReady(ready));
        assert.equal(ready.status?.phase, "Running");
        assert.equal(ready.status.initContainerStatuses?.[0]?.state?.terminated?.exitCode, 0);
        assert.match(ready.status.hostIP ?? "", /^192\.0\.2\./);
    });

    for (const { title, image, annotations, reason, imageID, phase } of [
        {
            title: "an annotation says so",
            image: good,
            annotations: {
                "local.customer-orgs/fail": "ErrImagePull",
                "local.customer-orgs/fail-message": 'no "x"',
            },
            reason: "ErrImagePull",
            imageID: "",
            phase: "Pending",
        },
        {
            title: "its digest starts with dead",
            image: `acme/x@${digest("dead1")}`,
            annotations: {},
            reason: "ImagePullBackOff",
            imageID: "",
            phase: "Pending",
        },
        {
            title: "its digest starts with bad0",
            image: `acme/x@${digest("bad01")}`,
            annotations: {},
            reason: "CrashLoopBackOff",
            imageID: `docker.io/acme/x@${digest("bad01")}`,
            phase: "Running",
        },
    ]) {
        it(`keep a pod from getting ready when ${title}`, async () => {
            const name = `fail-${reason.toLowerCase()}`;
            const failing = await settled(name, { containers: [agent(image)] }, annotations);
            const container = failing.status?.containerStatuses?.[0];
            assert.ok(!isReady(failing));
            assert.equal(failing.status?.phase, phase);
            assert.equal(container?.state?.waiting?.reason, reason);
            assert.equal(container.state.waiting.message ?? "", Object.values(annotations)[1] ?? "");
            assert.equal(container.imageID, imageID);
        });
    }

    for (const { title, image, annotations } of [
        {
            title: "an annotation says so",
            image: good,
            annotations: { "local.customer-orgs/fail-init": "CrashLoopBackOff" },
        },
        { title: "its digest starts with b007", image: `acme/x@${digest("b0071")}`, annotations: {} },
    ]) {
        it(`stop a pod at its init container when ${title}`, async () => {
            const stopped = await settled(
                image === good ? "gate-annotation" : "gate-digest",
                { initContainers: [{ name: "gate", image }], containers: [agent(image)] },
                annotations,
            );
            const gate = stopped.status?.initContainerStatuses?.[0];
            assert.ok(!isReady(stopped));
            assert.equal(stopped.status?.phase, "Pending");
            assert.equal(gate?.state?.waiting?.reason, "CrashLoopBackOff");
            assert.equal(gate.lastState?.terminated?.exitCode, 1);
            assert.equal(stopped.status.containerStatuses?.[0]?.state?.waiting?.reason, "PodInitializing");
        });
    }

    it("start a pod later when an annotation says so", async () => {
        const start = Date.now();
        const late = await settled(
            "late",
            { containers: [agent(good)] },
            { "local.customer-orgs/start-after": "1500ms" },
        );
        assert.ok(isReady(late));
        assert.ok(Date.now() - start >= 1400, `${Date.now() - start} ms`);
    });
});
