import assert from "node:assert/strict";
import { readReferenceStacks } from "../../../images/readReferenceStack";
import { formatRuntimeImages } from "../../../images/runtimeImages";
import { type Answers, declareResources } from "../../support/declareResources";
import { PINS } from "../../support/sampleImages";

const STACK = "organization/platform/prod";

function read(outputs: Record<string, unknown>, more: Answers = {}) {
    return declareResources(() => readReferenceStacks([STACK]), {
        references: { [STACK]: outputs },
        ...more,
    });
}

describe("readReferenceStacks", () => {
    it("reads the output of the stack that it is told, and declares nothing but the reference", async () => {
        const { resources, result } = await read({ runtimeImages: formatRuntimeImages(PINS), other: 1 });
        assert.deepEqual(await result, [{ stack: STACK, images: PINS }]);
        assert.deepEqual(
            resources.map(({ type, inputs }) => [type, inputs["name"]]),
            [["pulumi:pulumi:StackReference", STACK]],
        );
    });

    it("says that the output is missing where the stack has others", async () => {
        const { result } = await read({ clusterUid: "x" });
        await assert.rejects(result, {
            name: "ReferenceOutputError",
            message: /"organization\/platform\/prod" cannot be used:\n {2}- it is missing/,
        });
    });

    it("refuses a secret, even one of the right shape", async () => {
        const { result } = await read(
            { runtimeImages: formatRuntimeImages(PINS) },
            { secretOutputs: ["runtimeImages"] },
        );
        await assert.rejects(result, {
            name: "ReferenceOutputError",
            message: /it is a secret, expected plain data/,
        });
    });
});
