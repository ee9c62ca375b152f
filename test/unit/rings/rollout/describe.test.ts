import assert from "node:assert/strict";
import { makeChains } from "../../../../rings/chain";
import { changeStack, emptyBoard } from "../../../../rings/rollout/board";
import { formatPlan } from "../../../../rings/rollout/describe";
import { DIGEST_B, pinned } from "../../../support/sampleImages";

describe("what a rollout says that it will change", () => {
    it("counts agents by where they go, and names the orgs that come and leave", () => {
        const [chain] = makeChains([
            { stack: "a", referenceStacks: ["organization/platform/prod"] },
            { stack: "b", referenceStacks: ["a"] },
        ]);
        assert.ok(chain !== undefined);
        const move = { agent: "main", runtime: "code", to: "v2" };
        const plan = {
            ...{ kind: "behind" as const, why: [], runtimes: [], goes: ["gone"], comes: ["born"] },
            moves: [
                { ...move, org: "acme", from: "v1" },
                { ...move, org: "globex", from: "v1" },
                { ...move, org: "born" },
            ],
        };
        const image = pinned(`ghcr.io/genbrain/code@${DIGEST_B}`);
        const half = changeStack(emptyBoard(chain), "a", { plan });
        const said = formatPlan(
            {
                board: changeStack(half, "b", { why: ["no such stack"] }),
                pins: new Map([["code", { image, release: "v2" }]]),
                notes: ["platform/prod: code v3 waits"],
            },
            2,
        );
        assert.match(said, /^From platform\/prod to 2 stacks in 2 rings, at most 2 at a time:\n +code +v2 /);
        assert.match(said, /\n {2}platform\/prod: code v3 waits\n/);
        assert.match(said, /\n1 +a +code v1 → v2: 2 agents of 2 orgs; new org born; org gone leaves\n/);
        assert.match(said, /\n2 +b +cannot be told: no such stack$/);
    });
});
