import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { pause } from "../../lib/system/pause";
import { imagesIn, namespaceNamed } from "../support/objects";
import { RingFleet } from "../support/ringFleet";
import { publish } from "../support/ringStacks";
import { useEngine } from "../support/useEngine";

describe("orgs that come, go and move in the middle of a rollout, on a real engine", function () {
    this.timeout(900_000);
    const suite = useEngine();
    let fleet: RingFleet;
    const deployed = (slug: string) => imagesIn(suite().cluster, `org-${slug}`);
    const fileIn = (stack: string, slug: string) =>
        fs.existsSync(path.join(suite().workspace.directory, "orgs", stack, `${slug}.yaml`));

    before("three stacks of two orgs in two rings", async () => {
        fleet = await RingFleet.create(suite(), "st", 2);
        (["one", "two", "late"] as const).forEach((each) => {
            fleet.configure(each, {
                "customer-orgs:defaults": { progressDeadlineSeconds: 180, minReadySeconds: 0 },
            });
        });
        await publish(suite(), "v1", "1");
        const { code, errors } = await fleet.rollout();
        assert.equal(code, 0, errors);
    });

    it("neither abort it nor get an unproven image, where they are added or offboarded", async () => {
        const old = await fleet.imageOf("late", 2);
        const image = await publish(suite(), "v2", "2");
        const leaving = { offboarding: { owner: "test@example.com", reason: "It leaves." } };
        let whenWritten: string | undefined;
        const rolled = await fleet.rolloutJson([], {
            when: fleet.onceOn("one", image),
            act: async () => {
                // The first is behind the program that runs now; the others are of a ring that has not begun.
                fleet.writeOrg("one", "st-one-3", {});
                fleet.writeOrg("late", "st-late-2", leaving);
                fleet.writeOrg("late", "st-late-3", {});
                whenWritten = await fleet.imageOf("late", 2);
            },
        });
        assert.equal(rolled.code, 0, rolled.errors);
        assert.equal(whenWritten, old);
        assert.deepEqual(
            [...rolled.stacks.values()].map(({ state, checkpoints }) => [state, checkpoints]),
            [
                ["proven", true],
                ["proven", false],
                ["proven", true],
            ],
        );
        assert.deepEqual(await deployed("st-late-2"), {}, "its agents are gone");
        for (const slug of ["st-one-1", "st-one-2", "st-one-3", "st-late-1", "st-late-3"]) {
            assert.deepEqual(await deployed(slug), { "agent-main": image }, slug);
        }

        fleet.writeOrg("late", "st-late-2");
        const rest = await fleet.rolloutJson();
        assert.equal(rest.code, 0, rest.errors);
        assert.deepEqual(
            [...rest.stacks.values()].map(({ updated }) => updated),
            [false, false, true],
        );
        const gone = await namespaceNamed(suite().cluster, "org-st-late-2");
        assert.ok(gone === undefined || gone.metadata?.deletionTimestamp !== undefined);
    });

    it("are moved between stacks that have proven the same, and not where one is being updated or has proven less", async () => {
        // Long enough for a move to meet the update.
        const podAnnotations = { "local.customer-orgs/start-after": "60s" };
        fleet.writeOrg("late", "st-late-1", {
            agents: [{ name: "main", runtime: "platform-agent", podAnnotations }],
        });
        const image = await publish(suite(), "v3", "3");
        const move = (slug: string, to: string) => fleet.fleet(["move", slug, "--to", to]);
        const rolled = await fleet.rolloutJson([], {
            when: fleet.onceOn("one", image),
            act: async () => {
                const less = await move("st-late-3", "st-one");
                assert.equal(less.code, 2, less.output + less.errors);
                assert.match(less.errors, /st-late-3: .*\n.*Nothing was changed/);
                while (!(await fleet.onceOn("late", image)())) {
                    await pause(100);
                }
                const busy = await move("st-late-3", "st-two");
                assert.equal(busy.code, 2, busy.output + busy.errors);
                assert.match(busy.errors, /holds the lock of the stack "st-late".*\nNothing was changed/);
                const done = await move("st-one-2", "st-two");
                assert.equal(done.code, 0, done.output + done.errors);
            },
        });
        assert.equal(rolled.code, 0, rolled.errors);
        assert.deepEqual([fileIn("st-late", "st-late-3"), fileIn("st-two", "st-one-2")], [true, true]);
        const again = await fleet.rolloutJson(["--everything"]);
        assert.equal(again.code, 0, again.errors);
        assert.deepEqual(
            [...again.stacks.values()].map(({ state, updated }) => [state, updated]),
            [
                ["proven", false],
                ["proven", false],
                ["proven", false],
            ],
        );
        for (const slug of ["st-one-1", "st-one-2", "st-one-3", "st-late-1", "st-late-3"]) {
            assert.deepEqual(await deployed(slug), { "agent-main": image }, slug);
        }
    });
});
