import assert from "node:assert/strict";
import { type Measurements, mergeMeasurements } from "../../../bench/rollout/measurements";

const timed = (seconds: number) => ({ seconds, cpu: seconds, megabytes: 1_000 });
const measured = (
    sizes: Readonly<Record<number, number>>,
    more: Partial<Measurements> = {},
): Measurements => ({
    ...{ machine: "2 × one", engine: "v3.265.0", perStack: 50, parallel: 2, slowness: "30s", slow: [] },
    sizes: Object.entries(sizes).map(([orgs, seconds]) => ({
        ...{ orgs: Number(orgs), stacks: 2, firstUp: timed(seconds) },
    })),
    ...more,
});

describe("mergeMeasurements", () => {
    it("has the sizes of both runs, and of one that both measured the later", () => {
        const { sizes } = mergeMeasurements(measured({ 100: 1, 1000: 2 }), measured({ 300: 3, 1000: 4 }));
        assert.deepEqual(
            sizes.map(({ orgs, firstUp }) => [orgs, firstUp.seconds]),
            [
                [100, 1],
                [300, 3],
                [1000, 4],
            ],
        );
    });

    it("has nothing of another machine, engine or size of stacks", () => {
        for (const other of [
            { machine: "4 × another" },
            { engine: "v4" },
            { perStack: 25 },
            { parallel: 3 },
        ]) {
            const { sizes } = mergeMeasurements(measured({ 100: 1 }, other), measured({ 300: 3 }));
            assert.deepEqual(
                sizes.map(({ orgs }) => orgs),
                [300],
            );
        }
    });
});
