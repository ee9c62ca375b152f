import assert from "node:assert/strict";
import { modelFleet } from "../../../bench/rollout/model";

/** 1,000 orgs in 20 stacks, two side by side. */
const measured = {
    orgs: 1_000,
    perStack: 50,
    sideBySide: 2,
    releaseSeconds: 300,
    releaseCpu: 500,
    previewCpu: 200,
    megabytes: 1_600,
};

describe("modelFleet", () => {
    it("computes a fleet ten times as large, on one machine and on the operator", () => {
        assert.deepEqual(modelFleet(measured, { orgs: 10_000, cores: 64, resync: 3_600 }), {
            orgs: 10_000,
            stacks: 200,
            oneMachine: { seconds: 3_000, megabytes: 1_600 },
            // A stack takes 25 s of CPU in a release and 10 s in a preview, and 800 MB.
            operator: { pods: 200, megabytes: 160_000, seconds: 100, resyncCores: 2_000 / 3_600 },
        });
    });

    it("has a stack that is not full count as a whole one", () => {
        const { stacks, operator } = modelFleet(measured, { orgs: 101, cores: 1, resync: 300 });
        assert.equal(stacks, 3);
        assert.equal(operator.seconds, 75);
    });
});
