import assert from "node:assert/strict";
import { pause } from "../../../lib/system/pause";
import { killTree } from "../../support/killTree";
import { namespaceNamed } from "../../support/objects";
import { RingFleet } from "../../support/ringFleet";
import { publish } from "../../support/ringStacks";
import { useEngine } from "../../support/useEngine";

describe("fleet rollout, on a real engine", function () {
    this.timeout(900_000);
    const suite = useEngine();
    let fleet: RingFleet;
    const exists = async (namespace: string) =>
        (await namespaceNamed(suite().cluster, namespace)) !== undefined;
    const gate = (settings: object) => ({ "customer-orgs:gate": settings });
    const imagesOf = () => Promise.all((["one", "two", "late"] as const).map((each) => fleet.imageOf(each)));
    const releases = () =>
        Promise.all((["one", "two", "late"] as const).map((each) => fleet.releaseOf(each)));
    /** Once an agent of the stack is on an image, its update being under way. */
    const onceOn = (which: "one" | "two" | "late", image: string) => async () =>
        (await fleet.imageOf(which)) === image;

    before("three stacks in two rings", async () => {
        fleet = await RingFleet.create(suite(), "roll");
    });

    it("goes through two rings, says before what it will change, and passes over who has it", async () => {
        await publish(suite(), "v1", "1");
        const born = await fleet.rolloutJson();
        assert.equal(born.code, 0, born.errors);
        assert.match(
            born.errors,
            /From reference\/test to 3 stacks in 2 rings, at most 2 at a time:\n +platform-agent +v1 +11111111/,
        );
        assert.match(born.errors, /\n1 +roll-one +.*new org roll-one-1\n1 +roll-two/);
        // A birth is written down, step by step.
        assert.deepEqual(
            [...born.stacks.values()].map(({ state, checkpoints }) => [state, checkpoints]),
            [
                ["proven", true],
                ["proven", true],
                ["proven", true],
            ],
        );

        const image = await publish(suite(), "v2", "2");
        const foreseen = await fleet.rollout(["--dry-run"]);
        assert.equal(foreseen.code, 1, foreseen.errors);
        assert.match(foreseen.errors, /2 +roll-late +platform-agent v1 → v2: 1 agent of 1 org/);
        assert.deepEqual(await releases(), ["v1", "v1", "v1"]);
        const rolled = await fleet.rolloutJson();
        assert.equal(rolled.code, 0, rolled.errors);
        assert.match(rolled.errors, /ring 2 of 2 · 2 of 3 proven · 1 updating \(roll-late\)/);
        assert.deepEqual(
            [...rolled.stacks.values()].map(({ updated, checkpoints }) => [updated, checkpoints]),
            [
                [true, false],
                [true, false],
                [true, false],
            ],
        );
        assert.deepEqual(await imagesOf(), [image, image, image]);

        const again = await fleet.rolloutJson();
        assert.deepEqual([again.code, [...again.stacks.values()].some(({ updated }) => updated)], [0, false]);
    });

    it("waits for the one that lags and names it, goes on when it is proven, and gives an org that came meanwhile what is proven", async () => {
        fleet.configure("two", gate({ soak: "1h" }));
        const old = await fleet.imageOf("late");
        const image = await publish(suite(), "v3", "3");
        const { code, output } = await fleet.rollout();
        assert.equal(code, 3, output);
        assert.match(output, /roll-one +proven +v3/);
        assert.match(output, /roll-two +soaking +v2 +until 20/);
        assert.match(output, /roll-late +left\n +waits for roll-two \(soaking\)/);
        assert.equal(await fleet.imageOf("late"), old);

        // Plain "pulumi up" behind the rollout's back is told the same, and changes nothing.
        const { failed, release, printed } = await fleet.late.up();
        assert.deepEqual([failed, release, await fleet.imageOf("late")], [undefined, "v2", old]);
        assert.match(
            printed,
            /have not all proven the same: "v3" in ".*roll-one", "v2" in ".*roll-two"; its pin here stays "v2"/,
        );

        suite().workspace.writeOrg("roll-late", "roll-late-2", {
            ...{ slug: "roll-late-2", displayName: "new" },
            agents: [{ name: "main", runtime: "platform-agent" }],
        });
        fleet.configure("two", gate({ soak: "1s" }));
        const rest = await fleet.rolloutJson(["--wait", "5m"]);
        assert.equal(rest.code, 0, rest.errors);
        assert.deepEqual([await fleet.imageOf("late"), await fleet.imageOf("late", 2)], [image, image]);
        assert.equal(rest.stacks.get("roll-late")?.checkpoints, true, "an org was born");
        assert.equal(rest.stacks.get("roll-one")?.updated, false);
    });

    it("takes a rollback through every ring at once, however long the soak", async () => {
        const soak = gate({ soak: "1h" });
        (["one", "two", "late"] as const).forEach((each) => {
            fleet.configure(each, soak);
        });
        const image = await publish(suite(), "v2", "2");
        const { code, errors } = await fleet.rollout();
        assert.equal(code, 0, errors);
        assert.deepEqual(await releases(), ["v2", "v2", "v2"]);
        assert.deepEqual(await imagesOf(), [image, image, image]);
        (["one", "two", "late"] as const).forEach((each) => {
            fleet.configure(each);
        });
    });

    it("leaves no lock by Ctrl-C, once or twice, and goes on where it was", async () => {
        const image = await publish(suite(), "v5", "5");
        const once = await fleet.rollout([], {
            when: onceOn("one", image),
            act: (pid) => {
                process.kill(pid, "SIGINT");
            },
        });
        assert.equal(once.code, 130, once.errors);
        assert.match(once.errors, /SIGINT: what was begun is finished, and nothing more is begun/);
        assert.deepEqual([fleet.locked(), await fleet.releaseOf("late")], [[], "v2"]);
        const twice = await fleet.rollout([], {
            when: onceOn("late", image),
            act: async (pid) => {
                process.kill(pid, "SIGTERM");
                await pause(200);
                process.kill(pid, "SIGTERM");
            },
        });
        assert.equal(twice.code, 143, twice.errors);
        assert.deepEqual(fleet.locked(), []);
        const { code, errors } = await fleet.rollout();
        assert.equal(code, 0, errors);
        assert.deepEqual(await releases(), ["v5", "v5", "v5"]);
    });

    it("finishes after kill -9, with skipped checkpoints and without, and nothing unproven is downstream", async () => {
        const before = await fleet.imageOf("late");
        for (const [release, digit, org] of [
            ["v6", "6", undefined],
            ["v7", "7", "roll-one-9"],
        ] as const) {
            const image = await publish(suite(), release, digit);
            if (org !== undefined) {
                // Its birth has every step written down.
                suite().workspace.writeOrg("roll-one", org, {
                    ...{ slug: org, displayName: org },
                    agents: [{ name: "main", runtime: "platform-agent" }],
                });
            }
            const late = await fleet.imageOf("late");
            const killed = await fleet.rollout([], {
                when: org === undefined ? onceOn("one", image) : () => exists(`org-${org}`),
                act: killTree,
            });
            assert.equal(killed.code, null, killed.errors);
            assert.equal(await fleet.imageOf("late"), late, "nothing unproven is downstream");
            assert.ok(fleet.locked().includes("roll-one"), "it was killed while it had the lock");

            const locked = await fleet.rollout();
            assert.equal(locked.code, 1, locked.output);
            assert.match(locked.output, /another update holds the lock of the stack "roll-one"/);
            fleet.clearLocks();
            const recovered = await fleet.fleet(["recover", "--stack", "roll-one"]);
            assert.equal(recovered.code, 0, recovered.errors + recovered.output);
            const { code, output } = await fleet.rollout();
            assert.equal(code, 0, output);
            assert.deepEqual(await imagesOf(), [image, image, image]);
        }
        assert.notEqual(await fleet.imageOf("late"), before);
        assert.equal(await fleet.imageOf("one", 9), await fleet.imageOf("one"));
    });
});
