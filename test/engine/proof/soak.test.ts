import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { pause } from "../../../lib/system/pause";
import { imagesIn } from "../../support/objects";
import { REFERENCE } from "../../support/referenceProject";
import { RingStack, changeContainer, publish } from "../../support/ringStacks";
import { useEngine } from "../../support/useEngine";

describe("a soak, on a real engine", function () {
    this.timeout(900_000);
    const suite = useEngine();
    const imageOf = async (org: string) => (await imagesIn(suite().cluster, `org-${org}`))["agent-main"];
    const ring = (name: string, reference: string, gate: object) =>
        RingStack.create(suite(), name, {
            reference,
            orgs: { [`${name}-a`]: {} },
            settings: { "customer-orgs:gate": gate },
        });

    it("is waited for over several ups without failing, and starts again at a restart", async () => {
        await publish(suite(), "v1", "1");
        const stack = await ring("soak", REFERENCE, { soak: "20s", restarts: 5 });
        const born = await stack.up();
        assert.deepEqual([born.failed, born.release], [undefined, undefined], "nothing was proven before");
        assert.match(born.printed, /is proven here at .* at the earliest: its soak of 20s is not over/);
        const first = Date.parse(born.proof.waiting?.earliest ?? "");

        await changeContainer(suite(), "soak-a", {
            restartCount: 1,
            state: { running: { startedAt: new Date().toISOString() } },
        });
        const again = Date.parse((await stack.up()).proof.waiting?.earliest ?? "");
        assert.ok(again > first, "the soak began again");
        await pause(Math.max(0, again - Date.now() + 500));
        const { release, proof } = await stack.up();
        assert.equal(release, "v1");
        assert.equal(proof.proven?.evidence.soak, "20s");

        // One up that waits needs no second one.
        stack.configure(REFERENCE, { "customer-orgs:gate": { soak: "3s", wait: "30s" } });
        await publish(suite(), "v2", "2");
        assert.equal((await stack.up()).release, "v2");
    });

    it("proves in each ring only what it ran while two releases are in flight", async () => {
        await publish(suite(), "v1", "1");
        const first = await ring("two-1", REFERENCE, { soak: "6s" });
        const next = await ring("two-2", first.reference, {});
        await first.up();
        await pause(6_500);
        await first.up();
        assert.equal((await next.up()).release, "v1");

        await publish(suite(), "v2", "2");
        assert.equal((await first.up()).release, "v1");
        // v3 comes before v2 has soaked: v2 is never proven, and never seen by the next ring.
        const image = await publish(suite(), "v3", "3");
        assert.equal((await first.up()).release, "v1");
        assert.equal((await next.up()).release, "v1");
        await pause(6_500);
        const proven = await first.up();
        assert.deepEqual([proven.release, proven.proof.proven?.earlier.length], ["v3", 1]);
        assert.equal((await next.up()).release, "v3");
        assert.equal(await imageOf("two-2-a"), image);
    });

    it("proves nothing by an up that was killed while it waited, and loses nothing of its time", async () => {
        const old = await publish(suite(), "v1", "1");
        const first = await ring("shot-1", REFERENCE, {});
        const next = await ring("shot-2", first.reference, {});
        assert.equal((await first.up()).release, "v1");
        assert.equal((await next.up()).release, "v1");

        first.configure(REFERENCE, { "customer-orgs:gate": { soak: "15s", wait: "60s" } });
        const image = await publish(suite(), "v2", "2");
        await killWhen("shot-1", async () => (await imageOf("shot-1-a")) === image);
        assert.equal((await next.up()).release, "v1");
        assert.equal(await imageOf("shot-2-a"), old);

        await first.stack.cancel();
        const { failed, release, proof } = await first.up();
        assert.deepEqual([failed, release, proof.proven?.evidence.soak], [undefined, "v2", "15s"]);
        assert.equal((await next.up()).release, "v2");
    });

    /** Runs `pulumi up` as a process group of its own, and kills the group two seconds after something has come true. */
    const killWhen = async (stack: string, isTrue: () => Promise<boolean>) => {
        const { workspace } = suite();
        const child = spawn(
            "pulumi",
            ["up", "--stack", stack, "--yes", "--skip-preview", "--non-interactive"],
            {
                cwd: workspace.directory,
                env: { ...process.env, ...workspace.env },
                detached: true,
                stdio: "ignore",
            },
        );
        const ended = new Promise<number | null>((resolve, reject) => {
            child.on("error", reject);
            child.on("close", resolve);
        });
        while (child.exitCode === null && !(await isTrue())) {
            await pause(100);
        }
        await pause(2_000);
        assert.ok(child.exitCode === null && child.pid !== undefined, "it ended by itself");
        process.kill(-child.pid, "SIGKILL");
        await ended;
    };
});
