import assert from "node:assert/strict";
import { agreePins } from "../../../proof/agreedPins";
import type { ProofRecord } from "../../../proof/proofRecord";
import type { RuntimeImage } from "../../../images/runtimeImages";
import { DIGEST_A, DIGEST_B, DIGEST_C, pinned } from "../../support/sampleImages";

const pin = (release: string, digest: string): RuntimeImage => ({
    image: pinned(`ghcr.io/genbrain/claude-code@${digest}`),
    release,
});
const OLD = pin("v1", DIGEST_A);
const NEW = pin("v2", DIGEST_B);
const reference = (stack: string, claude: RuntimeImage | undefined) => ({
    stack,
    images: new Map(claude === undefined ? [] : [["claude-code", claude]]),
});
const NONE: ProofRecord = new Map();
const evidence = { by: "agents" as const, agents: [], count: 1, soak: "0s", checks: [], excused: [] };

describe("agreePins", () => {
    it("hands on what the one reference, or every one of several, has proven", () => {
        for (const stacks of [["eu"], ["eu", "us", "ap"]]) {
            const { pins, heldBack } = agreePins(
                stacks.map((stack) => reference(stack, NEW)),
                NONE,
            );
            assert.deepEqual([...pins], [["claude-code", NEW]]);
            assert.equal(heldBack.size, 0);
        }
    });

    it("stays on the last pin of all where one lags, proven here or on its way, and names who has proven what", () => {
        const references = [reference("eu", NEW), reference("us", OLD), reference("ap", NEW)];
        const proven = { ...OLD, evidence, earlier: [DIGEST_C] };
        const told =
            'the reference stacks have not all proven the same: "v2" in "eu", "ap", "v1" in "us"; its pin here stays "v1"';
        const records: ProofRecord[] = [
            new Map([["claude-code", { proven }]]),
            new Map([["claude-code", { waiting: { ...OLD, why: ["its soak is not over"] } }]]),
        ];
        for (const before of records) {
            const { pins, heldBack } = agreePins(references, before);
            assert.equal(pins.get("claude-code")?.image.digest, DIGEST_A);
            assert.deepEqual([...heldBack], [["claude-code", told]]);
        }
        // What was on its way here when they disagreed goes on: it is what they agreed on last.
        const both = new Map([["claude-code", { proven, waiting: { ...NEW, why: ["soaks"] } }]]);
        assert.equal(agreePins(references, both).pins.get("claude-code")?.image.digest, DIGEST_B);
    });

    it("gives a new stack no pin on which its references do not agree, and one that a reference lacks is such a pin", () => {
        const { pins, heldBack } = agreePins([reference("eu", NEW), reference("us", undefined)], NONE);
        assert.equal(pins.size, 0);
        assert.match(
            heldBack.get("claude-code") ?? "",
            /"v2" in "eu", nothing in "us"; there is no pin of it here/,
        );
    });
});
