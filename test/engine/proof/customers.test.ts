import assert from "node:assert/strict";
import { pause } from "../../../lib/system/pause";
import { imagesIn } from "../../support/objects";
import { REFERENCE } from "../../support/referenceProject";
import { RingStack, publish } from "../../support/ringStacks";
import { useEngine } from "../../support/useEngine";

const DAY = 86_400_000;
const dayFromNow = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

describe("one customer among many, on a real engine", function () {
    this.timeout(900_000);
    const suite = useEngine();
    const imageOf = async (org: string) => (await imagesIn(suite().cluster, `org-${org}`))["agent-main"];
    const write = (stack: string, slug: string, agent: object = {}) => {
        suite().workspace.writeOrg(stack, slug, {
            slug,
            displayName: slug,
            agents: [{ name: "main", runtime: "platform-agent", ...agent }],
        });
    };
    /** An agent whose new pods cannot start, for a reason of its own. */
    const sick = { podAnnotations: { "local.customer-orgs/fail": "CrashLoopBackOff" } };

    it("who is sick does not stop the neighbours, is named, and is tried again by the next up", async () => {
        await publish(suite(), "v1", "1");
        const healthy = ["sick-a", "sick-b", "sick-d"];
        const orgs = Object.fromEntries([...healthy, "sick-c"].map((org) => [org, {}]));
        const ring = await RingStack.create(suite(), "sick", { reference: REFERENCE, orgs });
        assert.equal((await ring.up()).failed, undefined);
        ring.configure(REFERENCE, { "customer-orgs:gate": { soak: "8s" } });

        const image = await publish(suite(), "v2", "2");
        write("sick", "sick-c", sick);
        const soaking = await ring.up();
        assert.deepEqual([soaking.failed, soaking.release], [undefined, "v1"]);
        assert.match(
            soaking.proof.waiting?.why.join() ?? "",
            /its soak of 8s is not over.*sick-c\/main: CrashLoopBackOff/,
        );
        await pause(8_000);
        const { failed, release, proof, printed } = await ring.up();
        assert.deepEqual([failed, release], [undefined, "v2"]);
        assert.match(proof.proven?.evidence.excused.join() ?? "", /^sick-c\/main: CrashLoopBackOff/);
        assert.match(printed, /sick-c\/main/);
        for (const org of healthy) {
            assert.equal(await imageOf(org), image);
        }

        write("sick", "sick-c");
        ring.configure(REFERENCE, {});
        const better = await publish(suite(), "v3", "3");
        const after = await ring.up();
        assert.deepEqual([after.failed, after.release], [undefined, "v3"]);
        assert.deepEqual([after.proof.proven?.evidence.excused, await imageOf("sick-c")], [[], better]);
    });

    it("who is sick beside another one holds the proof up, until somebody answers for one of them", async () => {
        await publish(suite(), "v1", "1");
        const names = ["ill-a", "ill-b", "ill-c"];
        const orgs = Object.fromEntries(names.map((org) => [org, {}]));
        const ring = await RingStack.create(suite(), "ill", { reference: REFERENCE, orgs });
        await ring.up();

        const image = await publish(suite(), "v2", "2");
        write("ill", "ill-b", sick);
        write("ill", "ill-c", sick);
        const { failed, release } = await ring.up();
        assert.match(failed ?? "", /ill-[bc]\/main: CrashLoopBackOff/);
        assert.equal(release, "v1");

        const excuse = { org: "ill-c", owner: "ann", reason: "their node is gone", expires: dayFromNow(1) };
        ring.configure(REFERENCE, { "customer-orgs:gate": { excused: [excuse] } });
        const after = await ring.up();
        assert.deepEqual([after.failed, after.release, await imageOf("ill-a")], [undefined, "v2", image]);
        assert.match(
            after.proof.proven?.evidence.excused.join("\n") ?? "",
            /ill-c\/main: .* \(excused by ann until .*: their node is gone\)/,
        );
    });

    it("whose override has expired stays as it is, in red, and all others go on", async () => {
        await publish(suite(), "v1", "1");
        const held = `ghcr.io/genbrain/platform-agent@sha256:${"7".repeat(64)}`;
        const override = (expires: string) => ({
            imageOverride: { image: held, owner: "support", reason: "Ticket 4711", expires },
        });
        const ring = await RingStack.create(suite(), "expired", {
            reference: REFERENCE,
            orgs: { "expired-a": {}, "expired-b": {}, "expired-c": {} },
        });
        write("expired", "expired-b", override(dayFromNow(1)));
        assert.equal((await ring.up()).failed, undefined);

        write("expired", "expired-b", override(dayFromNow(-1)));
        const image = await publish(suite(), "v2", "2");
        const { failed, release, printed, proof } = await ring.up();
        assert.deepEqual([failed, release, proof.proven?.evidence.count], [undefined, "v2", 2]);
        assert.match(
            printed,
            /org "expired-b", agent "main": stays as it is: the image override of .* expired on/,
        );
        assert.deepEqual(
            [await imageOf("expired-a"), await imageOf("expired-b"), await imageOf("expired-c")],
            [image, held, image],
        );
    });
});
