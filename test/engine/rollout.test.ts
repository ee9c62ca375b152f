import assert from "node:assert/strict";
import { AppsV1Api } from "@kubernetes/client-node";
import type { Stack } from "@pulumi/pulumi/automation";
import { imagesIn } from "../support/objects";
import { deployReference, imageOf, REFERENCE, runtimeImagesOf } from "../support/referenceProject";
import { useEngine } from "../support/useEngine";

const GOOD = imageOf("platform-agent", "a");

/** Digests that the embedded cluster's nodes cannot run: one that no registry has, one that lacks what the boot gate wants. */
const UNRUNNABLE = [
    ["an image that cannot be pulled", `ghcr.io/genbrain/platform-agent@sha256:dead${"0".repeat(60)}`],
    [
        "an image that does not pass the boot gate",
        `ghcr.io/genbrain/platform-agent@sha256:b007${"0".repeat(60)}`,
    ],
] as const;

describe("a release that cannot run, on a real engine", function () {
    this.timeout(600_000);
    const suite = useEngine();
    let canary: Stack;
    let next: Stack;

    const pin = (image: string, release: string) =>
        deployReference(suite().workspace, runtimeImagesOf({ "platform-agent": image }, release));
    const ring = async (stack: string, referenceStack: string) => {
        const { workspace, cluster } = suite();
        const slug = `roll-${stack}`;
        workspace.writeOrg(stack, slug, {
            slug,
            displayName: slug,
            agents: [{ name: "concierge", runtime: "platform-agent" }],
        });
        workspace.writeSettings("customer-orgs", stack, {
            "customer-orgs:referenceStack": referenceStack,
            "customer-orgs:orgs": `orgs/${stack}`,
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { progressDeadlineSeconds: 10, minReadySeconds: 0 },
        });
        return workspace.stack("customer-orgs", stack);
    };
    const availableReplicas = async (namespace: string) => {
        const apps = suite().cluster.kubeConfig.makeApiClient(AppsV1Api);
        const { status } = await apps.readNamespacedDeploymentStatus({ name: "agent-concierge", namespace });
        return status?.availableReplicas ?? 0;
    };

    before(async () => {
        await pin(GOOD, "v1");
        canary = await ring("canary", REFERENCE);
        next = await ring("next", "organization/customer-orgs/canary");
        await canary.up();
        await next.up();
    });

    for (const [what, image] of UNRUNNABLE) {
        it(`stops in the first ring when it is ${what}, and takes nothing away`, async () => {
            await pin(image, "v2");
            await assert.rejects(canary.up(), /roll-canary\/concierge/);
            assert.equal(await availableReplicas("org-roll-canary"), 1, "the old pod keeps running");

            // Again: the failed rollout is not taken for done because it has been tried before.
            await assert.rejects(canary.up(), /roll-canary\/concierge/);
            const proven = (await canary.outputs())["runtimeImages"]?.value as unknown;
            assert.deepEqual(proven, runtimeImagesOf({ "platform-agent": GOOD }, "v1"));

            const { summary } = await next.up();
            assert.equal(summary.resourceChanges?.update, undefined);
            assert.deepEqual(await imagesIn(suite().cluster, "org-roll-next"), { "agent-concierge": GOOD });

            await pin(GOOD, "v1");
            await canary.up();
            assert.deepEqual(await imagesIn(suite().cluster, "org-roll-canary"), { "agent-concierge": GOOD });
        });
    }
});
