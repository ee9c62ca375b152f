import assert from "node:assert/strict";
import { judgeAgentProof } from "../../../proof/agentProof";
import { type LiveAgentChanges, liveAgentOf } from "../../support/liveAgents";
import { DIGEST_A, DIGEST_B } from "../../support/sampleImages";

const IMAGE = `ghcr.io/genbrain/claude-code@${DIGEST_A}`;
const NOW = new Date("2026-07-01T12:30:00Z");

const judge = (
    changes: Partial<LiveAgentChanges> = {},
    gate = { soak: 0, restarts: 0 },
    digests = [DIGEST_A],
) => judgeAgentProof(liveAgentOf({ image: IMAGE, ...changes }), IMAGE, new Set(digests), gate, NOW);

describe("judgeAgentProof", () => {
    it("takes an agent for proof that is rolled out, ready, and runs the pin's digest", () => {
        assert.deepEqual(judge(), { kind: "proves" });
    });

    it("takes a platform's manifest of the pin's index for the pin", () => {
        const imageID = `ghcr.io/genbrain/claude-code@${DIGEST_B}`;
        assert.equal(judge({ imageID }).kind, "unproven");
        assert.equal(judge({ imageID }, undefined, [DIGEST_A, DIGEST_B]).kind, "proves");
    });

    const unproven: [string, Partial<LiveAgentChanges>, RegExp][] = [
        ["whose Deployment has another image", { image: `ghcr.io/a/b@${DIGEST_B}` }, /another image/],
        ["whose controller has not seen the template", { deployment: { observedGeneration: 1 } }, /not seen/],
        ["whose replicas are not all updated", { deployment: { updatedReplicas: 0 } }, /not finished/],
        ["that is not available", { deployment: { availableReplicas: 0 } }, /not finished/],
        ["that is paused", { deployment: { paused: true } }, /paused/],
        ["that is being deleted", { deployment: { deleting: true } }, /deleted/],
        ["whose pod runs another digest", { imageID: `x.io/a@${DIGEST_B}` }, new RegExp(DIGEST_B)],
        [
            "whose pod names an image id without a registry's digest",
            { imageID: DIGEST_A },
            /does not say what/,
        ],
        ["whose pod names no image id", { imageID: "" }, /does not say what/],
        ["whose pod is not ready", { readySince: "", startedAt: "2026-07-01T12:00:00Z" }, /not ready/],
        ["whose pod was ready at no time that can be read", { readySince: "noon" }, /not ready/],
        ["whose pod was restarted", { restarts: 1 }, /restarted 1 times, expected at most 0/],
        ["with fewer pods than replicas", { pods: 0 }, /0 of 1 pods/],
    ];
    for (const [what, changes, why] of unproven) {
        it(`does not take an agent for proof ${what}`, () => {
            const proof = judge(changes);
            assert.equal(proof.kind, "unproven");
            assert.match(proof.why, why);
        });
    }

    it("does not take an agent for proof that the cluster does not have", () => {
        const gate = { soak: 0, restarts: 0 };
        assert.equal(judgeAgentProof(undefined, IMAGE, new Set([DIGEST_A]), gate, NOW).kind, "unproven");
    });

    it("counts the soak from the last break: readiness that came back, or a container that was started anew", () => {
        const gate = { soak: 60 * 60_000, restarts: 5 };
        const until = (time: string) => ({ kind: "soaking", until: new Date(time) });
        assert.deepEqual(judge({}, gate), until("2026-07-01T13:00:00Z"));
        assert.deepEqual(judge({ readySince: "2026-07-01T12:20:00Z" }, gate), until("2026-07-01T13:20:00Z"));
        assert.deepEqual(judge({ startedAt: "2026-07-01T12:25:00Z" }, gate), until("2026-07-01T13:25:00Z"));
        assert.deepEqual(judge({}, { ...gate, soak: 30 * 60_000 }), { kind: "proves" });
    });

    it("tells a failure that passes by itself from a certain one", () => {
        const certain = (changes: Partial<LiveAgentChanges>) => {
            const proof = judge(changes);
            assert.equal(proof.kind, "failed");
            return proof.certain;
        };
        assert.equal(certain({ waiting: "CrashLoopBackOff" }), true);
        assert.equal(certain({ waiting: "ImagePullBackOff" }), true);
        assert.equal(certain({ waiting: "ErrImagePull" }), false);
        const full = { status: "True", reason: "FailedCreate", message: "exceeded quota: org" };
        assert.equal(certain({ deployment: { conditions: { ReplicaFailure: full } } }), false);
    });

    it("calls an agent idle that nobody wants to run, which proves nothing", () => {
        const deployment = { replicas: 0, updatedReplicas: 0, availableReplicas: 0, totalReplicas: 0 };
        assert.deepEqual(judge({ deployment, pods: 0 }), { kind: "idle" });
    });
});
