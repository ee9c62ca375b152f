import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
    BAD_IMAGE,
    GOOD_IMAGE,
    allowedImages,
    allowedObjects,
    deploymentOf,
    imagePaths,
    missingImages,
    toResource,
    violatingImages,
    workloads,
} from "../../support/policy/corpus/readCorpus";
import type { Diagnostic } from "../../support/policy/policyPackService";
import { usePolicyPack } from "../../support/policy/usePolicyPack";

describe("require-immutable-images, through the pack's gRPC service", () => {
    const service = usePolicyPack();

    describe("refuses every image of the corpus, and says why", () => {
        for (const { image, why } of violatingImages) {
            it(JSON.stringify(image), async () => {
                const diagnostics = await service().analyze(deploymentOf(image));
                assert.deepEqual(pathsOf(diagnostics), ["spec.template.spec.containers[0].image"]);
                assert.ok(diagnostics[0]?.message.includes(why), diagnostics[0]?.message);
            });
        }
    });

    describe("lets every immutable image through", () => {
        for (const image of allowedImages) {
            it(image, async () => {
                assert.deepEqual(await service().analyze(deploymentOf(image)), []);
            });
        }
    });

    describe("finds every image of every kind of workload", () => {
        for (const workload of workloads) {
            it(`refuses ${workload.name} with mutable images`, async () => {
                const diagnostics = await service().analyze(toResource(workload, BAD_IMAGE));
                assert.equal(diagnostics.length, workload.images);
                assert.deepEqual(pathsOf(diagnostics).sort(), imagePaths(workload.object).sort());
            });
            it(`accepts ${workload.name} with digests`, async () => {
                assert.deepEqual(await service().analyze(toResource(workload, GOOD_IMAGE)), []);
            });
        }
    });

    describe("refuses a missing image", () => {
        for (const entry of missingImages) {
            it(`of ${entry.name}`, async () => {
                assert.deepEqual(pathsOf(await service().analyze(toResource(entry))), entry.paths);
            });
        }
    });

    describe("says nothing about what only looks like an image", () => {
        for (const entry of allowedObjects) {
            it(entry.name, async () => {
                assert.deepEqual(await service().analyze(toResource(entry)), []);
            });
        }
    });

    it("has at least 110 violating workloads to catch", () => {
        assert.ok(violatingImages.length + workloads.length + missingImages.length >= 110);
    });
});

/** Where the mandatory violations of the rule are; anything else that was said fails the test. */
function pathsOf(diagnostics: readonly Diagnostic[]): string[] {
    return diagnostics.map(({ policy, level, message }) => {
        assert.deepEqual([policy, level], ["require-immutable-images", "mandatory"]);
        return /^ {2}path: {2}(.*)$/m.exec(message)?.[1] ?? message;
    });
}
