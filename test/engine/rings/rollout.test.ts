import assert from "node:assert/strict";
import { RingFleet } from "../../support/ringFleet";
import { publish } from "../../support/ringStacks";
import { useEngine } from "../../support/useEngine";

describe("fleet rollout, on a real engine", function () {
    this.timeout(900_000);
    const suite = useEngine();
    let fleet: RingFleet;
    const gate = (settings: object) => ({ "customer-orgs:gate": settings });
    const imagesOf = () => Promise.all((["one", "two", "late"] as const).map((each) => fleet.imageOf(each)));
    const releases = () =>
        Promise.all((["one", "two", "late"] as const).map((each) => fleet.releaseOf(each)));

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
        assert.match(born.errors, /\n1 +roll-one +new org roll-one-1\n1 +roll-two/);
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

    it("takes a rollback through every ring at once, however long the soak", async () => {
        const soak = gate({ soak: "1h" });
        (["one", "two", "late"] as const).forEach((each) => {
            fleet.configure(each, soak);
        });
        const image = await publish(suite(), "v1", "1");
        const { code, errors } = await fleet.rollout();
        assert.equal(code, 0, errors);
        assert.deepEqual(await releases(), ["v1", "v1", "v1"]);
        assert.deepEqual(await imagesOf(), [image, image, image]);
        (["one", "two", "late"] as const).forEach((each) => {
            fleet.configure(each);
        });
    });
});
