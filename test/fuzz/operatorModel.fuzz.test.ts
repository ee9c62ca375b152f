import assert from "node:assert/strict";
import fc from "fast-check";
import { RESYNC_MS } from "../support/operator/operatorRules";
import { type Mutation, SimulatedFleet, type StackPlan } from "../support/operator/simulatedFleet";

const MINUTE = 60_000;

/** Rings of stacks, each of which reads the platform or one or two of those before it. */
const fleets = fc
    .array(
        fc.record({
            reads: fc.array(fc.nat(20), { maxLength: 2 }),
            agents: fc.integer({ min: 1, max: 2 }),
            soak: fc.constantFrom(MINUTE, 7 * MINUTE),
            failures: fc.constantFrom(0, 1),
        }),
        { minLength: 2, maxLength: 5 },
    )
    .map((plans) =>
        plans.map((plan, index): StackPlan => {
            const reads = index === 0 ? [] : [...new Set(plan.reads.map((each) => each % index))];
            // A fleet in which nobody reads a stack has nothing to hold back.
            return { ...plan, reads: index === 1 && reads.length === 0 ? [0] : reads };
        }),
    );

type Action = (fleet: SimulatedFleet) => void;

const action = (
    weight: number,
    act: (fleet: SimulatedFleet, index: number, other: number) => void,
): { weight: number; arbitrary: fc.Arbitrary<Action> } => ({
    weight,
    arbitrary: fc.tuple(fc.nat(20), fc.nat(20)).map(([index, other]) => (fleet: SimulatedFleet) => {
        act(fleet, index, other);
    }),
});

/** Everything that may happen, in any order: the operator, programs, controllers, nodes, people. */
const actions = fc.array(
    fc.oneof(
        action(12, (fleet, index) => {
            fleet.reconcile(index);
        }),
        action(20, (fleet, index) => {
            fleet.step(index);
        }),
        action(12, (fleet, index, agent) => {
            fleet.control(index, agent);
        }),
        action(16, (fleet, index) => {
            fleet.round([index % fleet.stacks.length], 5);
        }),
        action(14, (fleet, index) => {
            fleet.pass(RESYNC_MS);
            const places = fleet.stacks.map((_, place) => (place + index) % fleet.stacks.length);
            fleet.round(index % 2 === 0 ? places : places.reverse(), 6);
        }),
        action(12, (fleet, index) => {
            fleet.pass([5_000, 30_000, 2 * MINUTE, RESYNC_MS, 8 * MINUTE][index % 5] ?? 0);
        }),
        action(3, (fleet, index) => {
            fleet.publish(
                (["good", "good", "crashes", "crashes on one", "dies"] as const)[index % 5] ?? "good",
            );
        }),
        action(1, (fleet, index) => {
            fleet.rollBack(index);
        }),
        action(1, (fleet, index) => {
            fleet.veto(index);
        }),
        action(3, (fleet, index, other) => {
            fleet.applyObject(index, other % 5 === 0);
        }),
        action(2, (fleet, index) => {
            fleet.request(index);
        }),
        action(2, (fleet, index) => {
            fleet.kill(index);
        }),
        action(2, (fleet, index) => {
            fleet.cancel(index);
        }),
        action(1, (fleet, index, agent) => {
            fleet.restartContainer(index, agent);
        }),
        action(1, (fleet, index, agent) => {
            fleet.replacePod(index, agent);
        }),
    ),
    { minLength: 60, maxLength: 250 },
);

const scenarios = fc.tuple(fleets, actions);

/** Runs a scenario, and says what no stack may have done. */
function runScenario([plans, acts]: readonly [readonly StackPlan[], readonly Action[]], mutation?: Mutation) {
    const fleet = new SimulatedFleet(plans, mutation);
    for (const act of acts) {
        act(fleet);
    }
    return fleet;
}

const holds = (mutation?: Mutation) =>
    fc.property(scenarios, (scenario) => {
        assert.deepEqual(runScenario(scenario, mutation).violations, []);
    });

describe("a fleet that the Pulumi Kubernetes Operator runs", function () {
    this.timeout(120_000);

    it("never runs in a ring what a ring that it reads has not proven, nor deploys what is vetoed, in whatever order things happen", () => {
        let arrivals = 0;
        fc.assert(
            fc.property(scenarios, (scenario) => {
                const fleet = runScenario(scenario);
                arrivals += fleet.arrivals;
                assert.deepEqual(fleet.violations, []);
            }),
            { numRuns: 400 },
        );
        // Where nothing ever arrives, nothing is shown.
        console.log(`      ${arrivals} arrivals of a new digest in a ring behind another`);
        assert.ok(arrivals > 400);
    });

    const arrives = (mutation?: Mutation) =>
        fc.property(scenarios, fc.infiniteStream(fc.nat()), (scenario, numbers) => {
            const fleet = runScenario(scenario, mutation);
            fleet.tidy();
            const digest = fleet.publish("good");
            const places = fleet.stacks.map((_, index) => index);
            // A ring needs a resync to read, as many as its soak is long to prove, and one more where its turn came before.
            for (let round = 0; round < 5 * places.length + 3; round++) {
                const order = places
                    .map((place) => ({ place, by: Number(numbers.next().value) }))
                    .sort((a, b) => a.by - b.by)
                    .map(({ place }) => place);
                fleet.pass(RESYNC_MS);
                fleet.round(order, 6);
            }
            assert.deepEqual(
                places.map((place) => fleet.exported(place)),
                places.map(() => digest),
            );
            assert.deepEqual(fleet.violations, []);
        });

    it("brings a good release to every ring in the end, in whatever order stacks are looked at, whatever happened before", () => {
        fc.assert(arrives(), { numRuns: 150 });
    });

    it("would leave rings behind without a resync: the model finds it", () => {
        const { failed } = fc.check(arrives({ updatesOnce: true }), { numRuns: 20 });
        assert.ok(failed);
    });

    const mutations: Readonly<Record<string, Mutation>> = {
        "exports its pin without a proof": {
            prove: ({ pins }) => {
                const [pin] = pins.values();
                assert.ok(pin !== undefined);
                const evidence = {
                    by: "rollout" as const,
                    agents: [],
                    count: 0,
                    soak: "0s",
                    checks: [],
                    excused: [],
                };
                return { proven: { ...pin, evidence, earlier: [] } };
            },
        },
        "does not wait for a soak": {
            prove: (question, decided) => {
                const { waiting } = decided;
                const evidence = {
                    by: "agents" as const,
                    agents: [],
                    count: 0,
                    soak: "0s",
                    checks: [],
                    excused: [],
                };
                return waiting?.earliest === undefined
                    ? decided
                    : { proven: { image: waiting.image, release: waiting.release, evidence, earlier: [] } };
            },
        },
        "reads the platform's pin, and trusts in the operator's prerequisites": { readsPlatform: true },
    };
    for (const [what, mutation] of Object.entries(mutations)) {
        it(`would run what is not proven with a program that ${what}: the model finds it`, () => {
            const { errorInstance } = fc.check(holds(mutation), { numRuns: 400 });
            assert.match(String(errorInstance), /stack \d runs what stack \d has not proven/);
        });
    }
});
