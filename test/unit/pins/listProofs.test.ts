import assert from "node:assert/strict";
import { formatProofs, listProofs } from "../../../pins/listProofs";
import type { ProofRecord } from "../../../proof/proofRecord";
import { DIGEST_A, DIGEST_B, pinned } from "../../support/sampleImages";

const RECORD: ProofRecord = new Map([
    [
        "claude-code",
        {
            proven: {
                image: pinned(`ghcr.io/a/b@${DIGEST_A}`),
                release: "v1",
                provenAt: "2026-07-01T12:00:00.123Z",
                evidence: {
                    by: "agents",
                    agents: ["acme/coder", "globex/coder"],
                    count: 5,
                    soak: "30m",
                    checks: [{ name: "login", answer: "200" }],
                    excused: ["hooli/coder: CrashLoopBackOff (within the 1 that may fail)"],
                },
                earlier: [],
            },
            waiting: {
                image: pinned(`ghcr.io/a/b@${DIGEST_B}`),
                release: "v2",
                why: ["its soak of 30m is not over"],
                earliest: "2026-07-01T14:32:00Z",
            },
        },
    ],
]);

describe("fleet history --proof", () => {
    it("says of each stack what it passes on and by which evidence, and what is on its way with what is missing", () => {
        const entries = listProofs(new Map([["prod", RECORD]]), undefined);
        assert.deepEqual(formatProofs(entries).split("\n"), [
            "STACK  RUNTIME               RELEASE  DIGEST    SINCE",
            "prod   claude-code  proven   v1       aaaaaaaa  2026-07-01T12:00:00Z",
            "    acme/coder, globex/coder and 3 more ran it, ready for 30m; login: 200; hooli/coder:",
            "    CrashLoopBackOff (within the 1 that may fail)",
            "prod   claude-code  waiting  v2       bbbbbbbb  2026-07-01T14:32:00Z",
            "    its soak of 30m is not over",
        ]);
    });

    it("leaves out other runtimes, and stacks that did not answer", () => {
        const proofs = new Map([
            ["prod", RECORD],
            ["staging", undefined],
        ]);
        assert.deepEqual(listProofs(proofs, ["platform-agent"]), []);
        assert.deepEqual(
            listProofs(proofs, ["claude-code"]).map(({ stack, state }) => [stack, state]),
            [
                ["prod", "proven"],
                ["prod", "waiting"],
            ],
        );
    });
});
