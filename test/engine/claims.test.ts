import { CoreV1Api, KubernetesObjectApi } from "@kubernetes/client-node";
import assert from "node:assert/strict";
import { imagesIn, namespaceNamed } from "../support/objects";
import { deployReference, imageOf, REFERENCE, runtimeImagesOf } from "../support/referenceProject";
import { useEngine } from "../support/useEngine";

const [SLUG, NAMESPACE, RUNTIME] = ["claims", "org-claims", "worker"];
const CLASS = `claims-${process.pid}`;

describe("the state of an agent that outlives its releases, on a real engine", function () {
    this.timeout(300_000);
    const suite = useEngine();
    const agent = (name: string, claim?: object) => ({
        name,
        runtime: RUNTIME,
        ...(claim && {
            volumes: {
                state: { mountPath: "/state", claim: { size: "1Gi", storageClass: CLASS, ...claim } },
            },
        }),
    });
    const pin = (letter: string, release: string) =>
        deployReference(suite().workspace, runtimeImagesOf({ [RUNTIME]: imageOf(RUNTIME, letter) }, release));

    const prepare = (agents: readonly object[] | undefined, more: object = {}) => {
        const { workspace, cluster } = suite();
        const org = agents && { slug: SLUG, displayName: "Claims", agents, ...more };
        workspace.writeOrg("claims", SLUG, org);
        workspace.writeSettings("customer-orgs", "claims", {
            "customer-orgs:referenceStack": REFERENCE,
            "customer-orgs:orgs": "orgs/claims",
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { progressDeadlineSeconds: 60, minReadySeconds: 0 },
        });
        return workspace.stack("customer-orgs", "claims");
    };
    const claims = async () => {
        const core = suite().cluster.kubeConfig.makeApiClient(CoreV1Api);
        const { items } = await core.listNamespacedPersistentVolumeClaim({ namespace: NAMESPACE });
        return items.map(({ metadata }) => `${metadata?.name ?? ""} ${metadata?.uid ?? ""}`);
    };
    let born: readonly string[] = [];

    before("a volume, which nobody provisions here, and an org whose agent claims it", async () => {
        const objects = KubernetesObjectApi.makeApiClient(suite().cluster.kubeConfig);
        await objects.create({
            apiVersion: "v1",
            kind: "PersistentVolume",
            metadata: { name: CLASS },
            spec: {
                capacity: { storage: "1Gi" },
                accessModes: ["ReadWriteOnce"],
                storageClassName: CLASS,
                hostPath: { path: "/nowhere" },
            },
        } as { kind: string });
        await pin("a", "v1");
        const stack = await prepare([agent("old", {}), agent("other")]);
        await stack.up();
        born = await claims();
        assert.match(born.join(), /^agent-old-state [^,]+$/);
    });

    it("stays the same claim when a release is rolled", async () => {
        await pin("b", "v2");
        const stack = await prepare([agent("old", {}), agent("other")]);
        await stack.up();
        assert.equal((await imagesIn(suite().cluster, NAMESPACE))["agent-old"], imageOf(RUNTIME, "b"));
        assert.deepEqual(await claims(), born);
    });

    it("is not let go of when its agent is taken out of its file: the preview says so", async () => {
        const stack = await prepare([agent("other")]);
        await assert.rejects(stack.preview(), /agent-old-state[^]*protect/);
        await assert.rejects(stack.up(), /protect/);
        assert.deepEqual(await claims(), born);
    });

    it("is not replaced when something of it is changed that cannot be", async () => {
        const stack = await prepare([agent("old", { accessMode: "ReadWriteOncePod" }), agent("other")]);
        await assert.rejects(stack.preview(), /agent-old-state[^]*protect/);
        assert.deepEqual(await claims(), born);
    });

    it("is kept by a rename of its agent", async () => {
        const stack = await prepare([agent("new", { name: "agent-old-state" }), agent("other")]);
        await stack.up();
        assert.deepEqual(Object.keys(await imagesIn(suite().cluster, NAMESPACE)).sort(), [
            "agent-new",
            "agent-other",
        ]);
        assert.deepEqual(await claims(), born);
    });

    it("is there until the second step of its org's offboarding, which takes it along with the namespace", async () => {
        const offboarding = { owner: "sales", reason: "contract ended" };
        const stack = await prepare([agent("new", { name: "agent-old-state" })], { offboarding });
        await stack.up();
        assert.deepEqual(await imagesIn(suite().cluster, NAMESPACE), {});
        assert.deepEqual(await claims(), born);
        const gone = await prepare(undefined);
        await gone.up();
        assert.notEqual((await namespaceNamed(suite().cluster, NAMESPACE))?.status?.phase, "Active");
    });
});
