import assert from "node:assert/strict";
import { pause } from "../../lib/system/pause";
import { killTree } from "../support/killTree";
import { namespaceNamed } from "../support/objects";
import { RingFleet } from "../support/ringFleet";
import { publish } from "../support/ringStacks";
import { useEngine } from "../support/useEngine";

describe("fleet rollout that is disturbed, on a real engine", function () {
    this.timeout(900_000);
    const suite = useEngine();
    let fleet: RingFleet;
    const exists = async (namespace: string) =>
        (await namespaceNamed(suite().cluster, namespace)) !== undefined;
    const gate = (settings: object) => ({ "customer-orgs:gate": settings });
    const imagesOf = () => Promise.all((["one", "two", "late"] as const).map((each) => fleet.imageOf(each)));
    const releases = () =>
        Promise.all((["one", "two", "late"] as const).map((each) => fleet.releaseOf(each)));

    before("three stacks in two rings", async () => {
        fleet = await RingFleet.create(suite(), "roll");
        await publish(suite(), "v1", "1");
        const { code, errors } = await fleet.rollout();
        assert.equal(code, 0, errors);
    });

    afterEach(() => {
        fleet.configure("two");
    });

    it("waits for the one that lags and names it, goes on when it is proven, and gives an org that came meanwhile what is proven", async () => {
        fleet.configure("two", gate({ soak: "1h" }));
        const old = await fleet.imageOf("late");
        const image = await publish(suite(), "v3", "3");
        const { code, output } = await fleet.rollout();
        assert.equal(code, 3, output);
        assert.match(output, /roll-one +proven +v3/);
        assert.match(output, /roll-two +soaking +v1 +until 20/);
        assert.match(output, /roll-late +left +v1\n +waits for roll-two \(soaking\)/);
        assert.equal(await fleet.imageOf("late"), old);

        // Plain "pulumi up" behind the rollout's back is told the same, and changes nothing.
        const { failed, release, printed } = await fleet.late.up();
        assert.deepEqual([failed, release, await fleet.imageOf("late")], [undefined, "v1", old]);
        assert.match(
            printed,
            /have not all proven the same: "v3" in ".*roll-one", "v1" in ".*roll-two"; its pin here stays "v1"/,
        );

        fleet.writeOrg("late", "roll-late-2", {});
        fleet.configure("two", gate({ soak: "1s" }));
        const rest = await fleet.rolloutJson(["--wait", "5m"]);
        assert.equal(rest.code, 0, rest.errors);
        assert.deepEqual([await fleet.imageOf("late"), await fleet.imageOf("late", 2)], [image, image]);
        assert.equal(rest.stacks.get("roll-late")?.checkpoints, true, "an org was born");
        assert.equal(rest.stacks.get("roll-one")?.updated, false);
    });

    it("leaves no lock by Ctrl-C, once or twice, and goes on where it was", async () => {
        const before = await fleet.releaseOf("late");
        const image = await publish(suite(), "v5", "5");
        const once = await fleet.rollout([], {
            when: fleet.onceOn("one", image),
            act: (pid) => {
                process.kill(pid, "SIGINT");
            },
        });
        assert.equal(once.code, 130, once.errors);
        assert.match(once.errors, /SIGINT: what was begun is finished, and nothing more is begun/);
        assert.deepEqual([fleet.locked(), await fleet.releaseOf("late")], [[], before]);
        const twice = await fleet.rollout([], {
            when: fleet.onceOn("late", image),
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
                fleet.writeOrg("one", org, {});
            }
            const late = await fleet.imageOf("late");
            const killed = await fleet.rollout([], {
                when: org === undefined ? fleet.onceOn("one", image) : () => exists(`org-${org}`),
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
