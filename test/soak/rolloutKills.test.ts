import assert from "node:assert/strict";
import { pause } from "../../lib/system/pause";
import { killTree } from "../support/killTree";
import { RingFleet } from "../support/ringFleet";
import { publish } from "../support/ringStacks";
import { useEngine } from "../support/useEngine";

const POINTS = 25;
/** Milliseconds of a rollout in which it is killed, from the first update on. */
const SPAN_MS = 20_000;
const STACKS = ["one", "two", "late"] as const;

describe("a rollout that is killed at random points, on a real engine", function () {
    this.timeout(6 * 3_600_000);
    const suite = useEngine();
    let fleet: RingFleet;
    let number = 1;
    let orgs = 3;
    const next = () => {
        number++;
        return publish(suite(), `v${number}`, number.toString(16).padStart(64, "0"));
    };

    before("three stacks of three orgs", async () => {
        fleet = await RingFleet.create(suite(), "kills", orgs);
        await publish(suite(), "v1", "1".padStart(64, "0"));
        const { code, errors } = await fleet.rollout();
        assert.equal(code, 0, errors);
    });

    for (const births of [false, true]) {
        it(`${births ? "with an org born each time" : "with skipped checkpoints"}: nothing unproven is downstream, the next run finishes, no org is lost`, async () => {
            for (let point = 0; point < POINTS; point++) {
                const late = await fleet.imageOf("late");
                const image = await next();
                if (births) {
                    orgs++;
                    const slug = `kills-one-${orgs}`;
                    fleet.writeOrg("one", slug, {});
                }
                const wait = Math.random() * SPAN_MS;
                // A rollout that has ended before its moment came is a point like any other.
                const killed = await fleet.rollout([], {
                    when: (errors) => errors.includes("updating ("),
                    act: async (pid) => {
                        await pause(wait);
                        killTree(pid);
                    },
                });
                const proven = await Promise.all(
                    ["one" as const, "two" as const].map((each) => fleet.releaseOf(each)),
                );
                if (proven.some((release) => release !== `v${number}`)) {
                    assert.equal(
                        await fleet.imageOf("late"),
                        late,
                        `point ${point}: nothing unproven is downstream`,
                    );
                }
                fleet.clearLocks();
                for (const each of STACKS) {
                    const { code, output, errors } = await fleet.fleet([
                        "recover",
                        "--stack",
                        `kills-${each}`,
                    ]);
                    assert.equal(code, 0, `point ${point}: ${output}${errors}`);
                }
                const { code, output, errors } = await fleet.rollout();
                assert.equal(code, 0, `point ${point}: ${output}${errors}`);
                const all = [
                    ...STACKS.flatMap((each) => [1, 2, 3].map((org) => fleet.imageOf(each, org))),
                    ...Array.from({ length: orgs - 3 }, (_, index) => fleet.imageOf("one", index + 4)),
                ];
                assert.deepEqual(new Set(await Promise.all(all)), new Set([image]), `point ${point}`);
                const where = killed.errors.trim().split("\n").at(-1) ?? "";
                console.error(
                    `    point ${point}: ${killed.code ?? "killed"} after ${wait.toFixed(0)} ms: ${where}`,
                );
            }
        });
    }
});
