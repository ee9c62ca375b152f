import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { runBreakGlass, runPause, runUnpause } from "../../../pins/pause/runPause";
import { imagesIn } from "../../support/objects";
import { REFERENCE } from "../../support/referenceProject";
import { RingStack, publish } from "../../support/ringStacks";
import { testIo } from "../../support/testIo";
import { useEngine } from "../../support/useEngine";

/** A window that is always closed. */
const FREEZE = {
    rrule: "FREQ=DAILY;BYHOUR=0;BYMINUTE=0",
    duration: "PT24H",
    timezone: "UTC",
    reason: "the holidays",
};

describe("plain pulumi up of a stack that must not change, on a real engine", function () {
    this.timeout(900_000);
    const suite = useEngine();
    const imageOf = async (org: string) => (await imagesIn(suite().cluster, `org-${org}`))["agent-main"];
    const today = () => new Date().toISOString().slice(0, 10);
    const options = (stack: string) => ({
        project: suite().workspace.directory,
        stack: [stack],
        reason: "an incident",
        owner: "ann",
        until: today(),
    });
    const ring = (name: string, orgs: readonly string[], settings: object = {}) =>
        RingStack.create(suite(), name, {
            reference: REFERENCE,
            orgs: Object.fromEntries(orgs.map((org) => [org, {}])),
            settings,
        });

    it("keeps every image while it is paused, gives a new org what it proved last, and rolls when it is not", async () => {
        const old = await publish(suite(), "v1", "1");
        const stack = await ring("paused", ["pause-a"]);
        assert.equal((await stack.up()).release, "v1");
        const next = await publish(suite(), "v2", "2");
        await runPause(options("paused"), testIo());
        suite().workspace.writeOrg("paused", "pause-b", {
            slug: "pause-b",
            displayName: "b",
            agents: [{ name: "main", runtime: "platform-agent" }],
        });
        for (let run = 0; run < 2; run++) {
            const { failed, release, proof, printed } = await stack.up();
            assert.deepEqual([failed, release], [undefined, "v1"]);
            assert.match(proof.waiting?.why.join() ?? "", /the stack is paused until .* by ann: an incident/);
            assert.match(
                printed,
                /2 agents stay on the images that they have, .*pause-a\/main, pause-b\/main/,
            );
            assert.match(printed, /platform-agent: "v2" .* is not proven here: the stack is paused until/);
            assert.deepEqual([await imageOf("pause-a"), await imageOf("pause-b")], [old, old]);
        }
        // The engine has rewritten nothing of what the command wrote.
        const file = fs.readFileSync(path.join(suite().workspace.directory, "Pulumi.paused.yaml"), "utf8");
        assert.ok(file.includes(`until: "${today()}"`), file);
        await runUnpause(options("paused"), testIo());
        assert.equal((await stack.up()).release, "v2");
        assert.deepEqual([await imageOf("pause-a"), await imageOf("pause-b")], [next, next]);
    });

    it("keeps what an update that failed had rolled by then, and asks the cluster instead of its last outputs", async () => {
        await publish(suite(), "v1", "1");
        const stack = await ring("halfway", ["half-a", "half-b"], {
            "customer-orgs:gate": { parallel: 1, failures: 0 },
        });
        await stack.up();
        // Only one is begun: its image crashes, and the update ends there.
        const bad = await publish(suite(), "v2", `bad0${"0".repeat(60)}`);
        assert.match((await stack.up()).failed ?? "", /CrashLoopBackOff/);
        const before = [await imageOf("half-a"), await imageOf("half-b")];
        assert.equal(before.filter((image) => image === bad).length, 1);
        await publish(suite(), "v3", "3");
        await runPause(options("halfway"), testIo());
        await stack.up();
        assert.deepEqual([await imageOf("half-a"), await imageOf("half-b")], before);
    });

    it("keeps every image in a freeze window, but goes back to what it proved before, or when the glass is broken", async () => {
        const old = await publish(suite(), "v1", "1");
        const stack = await ring("frozen", ["freeze-a"]);
        await stack.up();
        const next = await publish(suite(), "v2", "2");
        assert.equal((await stack.up()).release, "v2");
        stack.configure(REFERENCE, { "customer-orgs:freeze": [FREEZE] });

        await publish(suite(), "v3", "3");
        const frozen = await stack.up();
        assert.deepEqual([frozen.failed, frozen.release, await imageOf("freeze-a")], [undefined, "v2", next]);
        assert.match(frozen.proof.waiting?.why.join() ?? "", /frozen until .*: the holidays/);

        await publish(suite(), "v1", "1");
        assert.deepEqual([(await stack.up()).release, await imageOf("freeze-a")], ["v1", old]);

        const last = await publish(suite(), "v3", "3");
        await runBreakGlass(options("frozen"), testIo());
        assert.deepEqual([(await stack.up()).release, await imageOf("freeze-a")], ["v3", last]);
    });

    it("refuses to change the images of more orgs than its budget allows, before anything is changed, with the list", async () => {
        const old = await publish(suite(), "v1", "1");
        const stack = await ring("budget", ["budget-a", "budget-b"], {
            "customer-orgs:budget": { maxOrgs: 1 },
        });
        assert.equal((await stack.up()).failed, undefined, "new orgs are not changed");
        const next = await publish(suite(), "v2", "2");
        for (let run = 0; run < 2; run++) {
            assert.match(
                ((await stack.up()).failed ?? "").replace(/\s+/g, " "),
                /the images of 2 of 2 orgs would change, and at most 1 may: budget-a, budget-b/,
            );
            assert.deepEqual([await imageOf("budget-a"), await imageOf("budget-b")], [old, old]);
        }
        await runBreakGlass(options("budget"), testIo());
        assert.equal((await stack.up()).release, "v2");
        assert.deepEqual([await imageOf("budget-a"), await imageOf("budget-b")], [next, next]);
    });
});
