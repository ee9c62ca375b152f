import assert from "node:assert/strict";
import { orgSpecSchema } from "../../../../config/orgSpec";
import { stackConfigSchema } from "../../../../config/stackConfig";
import { formatImageReference } from "../../../../images/imageReference";
import type { RuntimeImage } from "../../../../images/runtimeImages";
import { describeLiveAgent } from "../../../../kube/liveAgent";
import type { LiveAgents } from "../../../../kube/readAgents";
import { formatProof } from "../../../../proof/proofRecord";
import { type StackQuestion, judgeStack } from "../../../../rings/rollout/judgeStack";
import { deployment } from "../../../support/liveObjects";
import { liveAgentOf } from "../../../support/liveAgents";
import { DIGEST_A, DIGEST_B, pinned } from "../../../support/sampleImages";

const NOW = new Date("2026-07-01T12:00:00Z");
const pin = (release: string, digest: string): RuntimeImage => ({
    image: pinned(`ghcr.io/genbrain/code@${digest}`),
    release,
});
const OLD = pin("v1", DIGEST_A);
const NEW = pin("v2", DIGEST_B);
const EVIDENCE = { by: "agents" as const, agents: [], count: 1, soak: "0s", checks: [], excused: [] };

interface Case {
    readonly orgs?: readonly object[];
    readonly settings?: object;
    /** What acme's agent runs, in the cluster and by the outputs. */
    readonly runs?: RuntimeImage;
    readonly proven?: RuntimeImage;
    readonly waiting?: { readonly pin: RuntimeImage; readonly earliest?: string };
    readonly deployed?: readonly string[];
    /** Since when its one pod is ready; without it no pod was seen. */
    readonly readySince?: string;
    readonly offboarding?: readonly string[];
}
const ACME = { slug: "acme", displayName: "Acme", agents: [{ name: "main", runtime: "code" }] };

function judge(given: Case, question: Partial<StackQuestion> = {}) {
    const { orgs = [ACME], runs = NEW, proven = NEW, waiting, deployed = ["acme"] } = given;
    const config = stackConfigSchema.parse({
        ...{ referenceStack: "organization/platform/prod", orgs: "orgs/prod", kubeContext: "x" },
        ...given.settings,
    });
    const agent = { image: formatImageReference(runs.image), runtime: "code", release: runs.release };
    const proof = formatProof(
        new Map([
            [
                "code",
                {
                    proven: { ...proven, evidence: EVIDENCE, earlier: [] },
                    ...(waiting && {
                        waiting: {
                            ...waiting.pin,
                            why: ["its soak is not over"],
                            earliest: waiting.earliest,
                        },
                    }),
                },
            ],
        ]),
    );
    const outputs = {
        agents: Object.fromEntries(deployed.map((org) => [org, { main: agent }])),
        offboarding: given.offboarding ?? [],
        proof,
    };
    const live: LiveAgents = new Map(
        deployed.map((org) => {
            const { image } = agent;
            const seen = given.readySince !== undefined;
            return [
                `org-${org}/agent-main`,
                seen
                    ? liveAgentOf({ image, readySince: given.readySince })
                    : describeLiveAgent(deployment({ org, name: "agent-main", image }), []),
            ];
        }),
    );
    const loaded = {
        config,
        orgs: orgs.map((org) => orgSpecSchema.parse(org)),
        plans: new Map(),
        layers: [] as never,
    };
    return judgeStack({
        facts: { stack: "prod", loaded, outputs, live },
        ...{ pins: new Map([["code", NEW]]), heldBack: new Map(), counts: () => true, now: NOW },
        ...question,
    });
}

describe("where a stack is, by its outputs and its cluster", () => {
    it("is proven where it has proven every pin that counts and every agent is on it", () => {
        const { kind, moves, runtimes } = judge({});
        assert.deepEqual(
            [kind, moves, runtimes],
            ["proven", [], [{ runtime: "code", pin: "v2", proven: "v2" }]],
        );
        const unused = new Map([
            ["code", NEW],
            ["other", OLD],
        ]);
        assert.equal(judge({}, { pins: unused, counts: (runtime) => runtime === "code" }).kind, "proven");
        assert.equal(judge({}, { pins: unused }).kind, "unproven");
    });

    it("is behind where an agent runs something else in the cluster, whatever the outputs say", () => {
        const { kind, moves } = judge({ runs: OLD });
        assert.deepEqual(
            [kind, moves],
            ["behind", [{ org: "acme", agent: "main", runtime: "code", from: "v1", to: "v2" }]],
        );
    });

    it("is behind where an org is added, and where one leaves; a missing file is refused", () => {
        const globex = { ...ACME, slug: "globex" };
        assert.deepEqual(
            [judge({ orgs: [ACME, globex] }).kind, judge({ orgs: [ACME, globex] }).comes],
            ["behind", ["globex"]],
        );
        const leaving = { ...globex, offboarding: { owner: "ann", reason: "left" } };
        const deployed = ["acme", "globex"];
        assert.deepEqual(judge({ orgs: [ACME, leaving], deployed }).goes, ["globex"]);
        assert.deepEqual(judge({ deployed, offboarding: ["globex"] }).goes, ["globex"]);
        const { kind, why } = judge({ deployed });
        assert.deepEqual(
            [kind, why],
            ["refused", ['the file of the org "globex" is missing, and the org was deployed here']],
        );
    });

    it("soaks until its time is over, and then an update is due", () => {
        const earliest = "2026-07-01T12:30:00.000Z";
        const soaking = { proven: OLD, waiting: { pin: NEW, earliest } };
        assert.deepEqual([judge(soaking).kind, judge(soaking).until], ["soaking", earliest]);
        assert.equal(judge(soaking, { now: new Date("2026-07-01T12:30:01Z") }).kind, "due");
        assert.equal(judge({ proven: OLD, waiting: { pin: NEW } }).kind, "unproven");
        // Another pin is on its way: that is no proof of this one.
        assert.equal(judge({ waiting: { pin: OLD, earliest } }).kind, "unproven");
    });

    it("is due as soon as its agents have run for as long as its soak is by now, whatever it was when it began", () => {
        const earliest = "2026-07-01T12:30:00.000Z";
        const soaking = {
            ...{ proven: OLD, waiting: { pin: NEW, earliest } },
            readySince: "2026-07-01T11:50:00Z",
        };
        const soak = (length: string) => ({ gate: { soak: length } });
        const at = (length: string) => {
            const { kind, until } = judge({ ...soaking, settings: soak(length) });
            return [kind, until];
        };
        assert.deepEqual(at("2h"), ["soaking", "2026-07-01T13:50:00.000Z"]);
        assert.deepEqual(at("11m"), ["soaking", "2026-07-01T12:01:00.000Z"]);
        // Where an update has said otherwise all the same, it is waited for until then.
        assert.deepEqual(at("9m"), ["due", earliest]);
        const two = { gate: { soak: "9m", agents: 2 } };
        assert.equal(judge({ ...soaking, settings: two }).kind, "soaking");
    });

    it("is held in a pause and a freeze window, but for what ran here before in the window", () => {
        const pause = { owner: "ann", reason: "an incident", until: "2026-07-01" };
        const held = judge({ runs: OLD, proven: OLD, settings: { pause } });
        assert.deepEqual([held.kind, held.why], ["held", ["paused until 2026-07-01 by ann: an incident"]]);
        const freeze = [
            {
                rrule: "FREQ=DAILY;BYHOUR=0;BYMINUTE=0",
                duration: "PT24H",
                timezone: "UTC",
                reason: "holidays",
            },
        ];
        assert.equal(judge({ runs: OLD, proven: OLD, settings: { freeze } }).kind, "held");
        assert.equal(judge({ runs: OLD, settings: { freeze } }).kind, "behind");
        assert.equal(judge({ settings: { freeze } }).kind, "proven");
    });

    it("is not proven while its references do not agree, and says who has proven what", () => {
        const heldBack = new Map([
            ["code", 'the reference stacks have not all proven the same: "v2" in "a", "v1" in "b"'],
        ]);
        const { kind, why } = judge({}, { heldBack });
        assert.deepEqual([kind, why], ["unproven", [...heldBack.values()]]);
    });
});
