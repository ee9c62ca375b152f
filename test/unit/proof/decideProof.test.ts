import assert from "node:assert/strict";
import { gateSchema } from "../../../config/gate";
import type { PinnedReference } from "../../../images/imageReference";
import { type Follower, type ProofQuestion, decideProof } from "../../../proof/decideProof";
import { type ProofRecord, formatProof, parseProof } from "../../../proof/proofRecord";
import { type LiveAgentChanges, liveAgentOf } from "../../support/liveAgents";
import { DIGEST_A, DIGEST_B, DIGEST_C } from "../../support/sampleImages";

const RUNTIME = "claude-code";
const pinned = (digest: string): PinnedReference => ({
    registry: "ghcr.io",
    path: "genbrain/claude-code",
    repository: "ghcr.io/genbrain/claude-code",
    digest: digest,
});
const NEW = `ghcr.io/genbrain/claude-code@${DIGEST_B}`;
const BEFORE: ProofRecord = new Map([
    [
        RUNTIME,
        {
            proven: {
                image: pinned(DIGEST_A),
                release: "v1",
                provenAt: "2026-06-01T00:00:00Z",
                evidence: {
                    by: "agents",
                    agents: ["acme/coder"],
                    count: 1,
                    soak: "0s",
                    checks: [],
                    excused: [],
                },
                earlier: [DIGEST_C],
            },
        },
    ],
]);

const follower = (changes: Partial<LiveAgentChanges> = {}, org = "acme"): Follower => ({
    name: `${org}/coder`,
    org,
    agent: "coder",
    runtime: RUNTIME,
    live: liveAgentOf({ image: NEW, ...changes }),
});
const sick = (org: string) =>
    follower({ waiting: "CrashLoopBackOff", deployment: { updatedReplicas: 0 } }, org);

function decide(followers: ProofQuestion["followers"], gate: object = {}, more: Partial<ProofQuestion> = {}) {
    const decisions = decideProof({
        pins: new Map([[RUNTIME, { image: pinned(DIGEST_B), release: "v2" }]]),
        before: BEFORE,
        followers,
        digests: new Map(),
        gate: gateSchema.parse(gate),
        vetoes: new Map(),
        now: new Date("2026-07-01T12:30:00Z"),
        ...more,
    });
    const { proven, waiting, ready } = decisions.get(RUNTIME) ?? {};
    return {
        exported: (ready ?? proven)?.release,
        why: waiting?.why.join("; ") ?? "",
        earliest: waiting?.earliest,
        evidence: ready?.evidence,
        earlier: ready?.earlier,
    };
}

describe("decideProof", () => {
    it("exports a pin that an agent of the stack really runs, and says which, and remembers what was before", () => {
        const { exported, evidence, earlier } = decide([follower()]);
        assert.equal(exported, "v2");
        assert.deepEqual([evidence?.by, evidence?.agents], ["agents", ["acme/coder"]]);
        assert.deepEqual(earlier, [DIGEST_A, DIGEST_C]);
    });

    it("keeps what was proven before when a vacuous stack has nobody on the pin, and says what to do", () => {
        for (const nobody of [[], [follower({ deployment: { replicas: 0 }, pods: 0 })]]) {
            const { exported, why } = decide(nobody);
            assert.equal(exported, "v1");
            assert.match(why, /no agent of this stack runs it: .* gate\.passOn/);
        }
    });

    it("passes a runtime on that nobody runs only where somebody answers for it, until the day that they named", () => {
        const passOn = (expires: string) => ({
            passOn: [{ runtime: RUNTIME, owner: "ann", reason: "no such customer", expires }],
        });
        assert.equal(decide([], passOn("2026-07-01")).evidence?.by, "passed-on");
        assert.equal(decide([], passOn("2026-06-30")).exported, "v1");
        // An agent that runs it and fails is no case of nobody running it.
        assert.equal(decide([sick("acme")], passOn("2026-12-31")).exported, "v1");
    });

    it("lets a platform's release go by its own checks only where no core agent runs it", () => {
        const byRelease = () => true;
        assert.equal(decide([], {}, { byRelease }).evidence?.by, "release");
        assert.equal(decide([sick("acme")], {}, { byRelease }).exported, "v1");
    });

    it("takes the Deployment that a pin is read from for one that runs it, by what its pods say", () => {
        const reference = (imageID: string): Follower => ({
            ...follower({ image: "ghcr.io/genbrain/claude-code:sha-19f3175", imageID }),
            reference: {},
        });
        assert.equal(decide([reference(NEW)]).exported, "v2");
        const other = decide([reference(`ghcr.io/genbrain/claude-code@${DIGEST_A}`)]);
        assert.equal(other.exported, "v1");
        assert.match(other.why, /the pod ".*" runs "sha256:aaa/);
    });

    it("proves nothing new of what is paused, and keeps what was proven", () => {
        const { exported, why } = decide(
            [follower()],
            {},
            { forbids: () => "paused until 2026-07-02 by ann: x" },
        );
        assert.deepEqual([exported, why], ["v1", "the stack is paused until 2026-07-02 by ann: x"]);
    });

    it("proves nothing by facts that cannot be read", () => {
        const { exported, why } = decide({ unknown: "what really runs cannot be read: timeout" });
        assert.deepEqual([exported, why], ["v1", "what really runs cannot be read: timeout"]);
    });

    it("is not held up by one sick customer, and names it in the evidence", () => {
        const { exported, evidence } = decide([follower(), sick("globex")]);
        assert.equal(exported, "v2");
        assert.match(
            evidence?.excused.join() ?? "",
            /^globex\/coder: CrashLoopBackOff .*within the 1 that may fail/,
        );
    });

    it("is held up by more agents that fail than may, unless somebody answers for them", () => {
        const followers = [follower(), sick("globex"), sick("initech")];
        const { exported, why } = decide(followers);
        assert.equal(exported, "v1");
        assert.match(why, /globex\/coder: .*; initech\/coder: /);
        const excused = (expires: string) => ({
            excused: [{ org: "initech", owner: "ann", reason: "their node is gone", expires }],
        });
        assert.equal(decide(followers, excused("2026-07-01")).exported, "v2");
        assert.equal(decide(followers, excused("2026-06-30")).exported, "v1", "an excuse has an end");
    });

    it("waits for a soak, and says when it is over at the earliest", () => {
        const gate = { soak: "1h", agents: 2 };
        const early = follower();
        const late = follower({ readySince: "2026-07-01T12:20:00Z" }, "globex");
        const { exported, earliest } = decide([early, late], gate);
        assert.deepEqual([exported, earliest], ["v1", "2026-07-01T13:20:00.000Z"]);
    });

    it("needs no soak for a digest that it proved before, so that a rollback goes on at once", () => {
        const pins = new Map([[RUNTIME, { image: pinned(DIGEST_C), release: "v0" }]]);
        const back = follower({ image: `ghcr.io/genbrain/claude-code@${DIGEST_C}` });
        assert.equal(decide([back], { soak: "1h" }, { pins }).exported, "v0");
    });

    it("needs as many agents as the gate asks for", () => {
        assert.equal(decide([follower()], { agents: 2 }).exported, "v1");
        assert.equal(decide([follower(), follower({}, "globex")], { agents: 2 }).exported, "v2");
    });

    it("does not export a digest that was vetoed since it was proven", () => {
        const veto = (digest: string) => ({
            vetoes: new Map([[digest, { digest, reason: "leaks", by: "ann", at: "2026-06-21T00:00:00Z" }]]),
        });
        assert.equal(decide([sick("acme")], {}, veto(DIGEST_A) as object).exported, undefined);
        assert.equal(decide([follower()], {}, veto(DIGEST_B) as object).exported, "v1");
    });

    it("keeps the evidence of what is proven, whatever its agents do later", () => {
        const pins = new Map([[RUNTIME, { image: pinned(DIGEST_A), release: "v1" }]]);
        const { exported, why } = decide([sick("acme"), sick("globex")], {}, { pins });
        assert.deepEqual([exported, why], ["v1", ""]);
    });
});

describe("the output proof", () => {
    it("is read as it was written", () => {
        assert.deepEqual(parseProof(JSON.parse(JSON.stringify(formatProof(BEFORE)))), BEFORE);
    });

    it("is not held back by agents that wait for what their namespace lacks, and names them in the evidence", () => {
        const waiting = ["b", "c"].map((org) => ({
            ...follower({ waiting: "ContainerCreating", deployment: { updatedReplicas: 0 } }, org),
            waitsFor: 'the Secret "anthropic"',
        }));
        const { exported, evidence } = decide([follower(), ...waiting], { failures: 0 });
        assert.equal(exported, "v2");
        assert.match(evidence?.excused.join() ?? "", /b\/coder: .*\(waits for the Secret "anthropic"\)/);
        assert.equal(decide(waiting, { failures: 0 }).exported, "v1", "nobody really runs it");
    });

    it("is no proof when it cannot be read", () => {
        const output = formatProof(BEFORE);
        for (const bad of [undefined, null, "", {}, { ...output, schemaVersion: 2 }]) {
            assert.equal(parseProof(bad), undefined);
        }
        const text = JSON.stringify(output).replaceAll(`@${DIGEST_A}`, ":latest");
        assert.equal(parseProof(JSON.parse(text)), undefined, "an image without a digest");
    });
});
