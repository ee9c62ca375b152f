import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { readPendingOperations } from "../../engine/pendingCreates";
import { imagesIn, namespaceNamed } from "../support/objects";
import { REFERENCE, deployReference, imageOf, runtimeImagesOf } from "../support/referenceProject";
import { SIGNALS, signalFleet } from "../support/signalledCommand";
import { until } from "../support/until";
import { useEngine } from "../support/useEngine";

const CODE = imageOf("claude-code", "a");

describe("a signal in the middle of up, on a real engine", function () {
    this.timeout(900_000);
    const suite = useEngine();
    let stack: Stack;

    before(async () => {
        const { workspace, cluster } = suite();
        await deployReference(workspace, runtimeImagesOf({ "claude-code": CODE }, "v1"));
        workspace.writeSettings("customer-orgs", "signals", {
            "customer-orgs:referenceStack": REFERENCE,
            "customer-orgs:orgs": "orgs/signals",
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { minReadySeconds: 0, progressDeadlineSeconds: 60 },
        });
        stack = await workspace.stack("customer-orgs", "signals");
    });

    for (const [signal, code] of SIGNALS) {
        it(`${signal} has the engine finish what it has begun and write it down, and the next up finish the rest`, async () => {
            const { workspace, cluster } = suite();
            const slug = `signal-${signal.toLowerCase()}`;
            workspace.writeOrg("signals", slug, {
                slug,
                displayName: slug,
                agents: [{ name: "coder", runtime: "claude-code" }],
            });
            const ended = await signalFleet(
                ["up", "--skip-preview", "--stack", "signals"],
                signal,
                (printed) =>
                    until(
                        "the first object",
                        () =>
                            Promise.resolve(
                                printed().includes(`:Namespace ${slug} created`) ? true : undefined,
                            ),
                        120_000,
                    ),
                { cwd: workspace.directory, env: { ...process.env, ...workspace.env } },
            );
            assert.equal(ended.code, code, ended.errors + ended.output);
            assert.match(ended.errors, /the engine finishes what it has begun; once more ends it/);
            assert.match(ended.errors, /^interrupted: what the engine has begun it has written down/m);
            assert.notEqual(await namespaceNamed(cluster, `org-${slug}`), undefined);
            assert.deepEqual(await imagesIn(cluster, `org-${slug}`), {}, "the rest was not begun");
            const exported = await stack.exportStack();
            assert.deepEqual(readPendingOperations(exported.deployment), { objects: [], others: [] });
            // No lock is left either.
            await stack.up();
            assert.deepEqual(await imagesIn(cluster, `org-${slug}`), { "agent-coder": CODE });
        });
    }
});
