import assert from "node:assert/strict";
import type { LoadedStack } from "../../../../config/loadStack";
import { planOrg, stackLayers } from "../../../../config/agent/agentLayers";
import { orgSpecSchema } from "../../../../config/orgSpec";
import { stackConfigSchema } from "../../../../config/stackConfig";
import { findRingGaps, isRingGap, type RingEntry } from "../../../../pins/coverage/findRingGaps";
import { formatCoverage } from "../../../../pins/coverage/formatCoverage";
import { platformConfigSchema } from "../../../../platform/platformConfig";
import { parseProof } from "../../../../proof/proofRecord";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const image = (letter: string) => `ghcr.io/genbrain/code@${digest(letter)}`;
const PROMOTED = "2026-06-21T10:00:00Z";
const SOON = new Date("2026-06-21T12:00:00Z");
const LATER = new Date("2026-06-25T12:00:00Z");

const environment = {
    name: "prod",
    config: platformConfigSchema.parse({
        kubeContext: "x",
        runtimes: {
            code: { image: image("b"), release: "v2", promotedAt: PROMOTED },
        },
    }),
};

function stack(
    referenceStack: string,
    agents: readonly object[],
    config: Record<string, unknown> = {},
): LoadedStack {
    const parsed = stackConfigSchema.parse({ referenceStack, orgs: "orgs/x", kubeContext: "x", ...config });
    const org = orgSpecSchema.parse({
        slug: "acme",
        displayName: "Acme",
        agents: agents.length === 0 ? "none" : agents,
    });
    const layers = stackLayers([{ file: "Pulumi.x.yaml", prefix: "customer-orgs:", ...parsed }]);
    return {
        config: parsed,
        orgs: [org],
        layers,
        plans: new Map([[org.slug, planOrg(layers, org, "orgs/x/acme.yaml")]]),
    };
}
const AGENT = { name: "main", runtime: "code" };
const HELD = { image: image("a"), owner: "ann", reason: "x", expires: "2026-06-30" };

function rings(canary: LoadedStack, prod = stack("canary", [AGENT])) {
    return new Map([
        ["canary", canary],
        ["prod", prod],
    ]);
}
function judge(change: Partial<Parameters<typeof findRingGaps>[0]>): readonly RingEntry[] {
    return findRingGaps({
        environments: [environment],
        stacks: rings(stack("o/platform/prod", [AGENT])),
        now: SOON,
        ...change,
    });
}
const of = (entries: readonly RingEntry[]) => entries.map(({ stack: name, status }) => `${name} ${status}`);

const EVIDENCE = { by: "agents", agents: ["acme/main"], count: 1, soak: "0s", checks: [], excused: [] };
const proofOf = (proven: string, waiting?: string, earliest?: string) =>
    parseProof({
        schemaVersion: 1,
        runtimes: {
            code: {
                proven: { image: image(proven), release: `v-${proven}`, evidence: EVIDENCE, earlier: [] },
                ...(waiting === undefined
                    ? {}
                    : {
                          waiting: {
                              image: image(waiting),
                              release: `v-${waiting}`,
                              why: ["acme/main: its rollout is paused"],
                              ...(earliest === undefined ? {} : { earliest }),
                          },
                      }),
            },
        },
    });

describe("fleet coverage of rings", () => {
    it("finds without any engine a ring in which nobody follows the pin, while stacks behind it wait", () => {
        for (const canary of [
            stack("o/platform/prod", []),
            stack("o/platform/prod", [{ ...AGENT, replicas: 0 }]),
            stack("o/platform/prod", [{ ...AGENT, imageOverride: HELD }]),
            stack("o/platform/prod", [AGENT], { imageOverrides: { code: HELD } }),
        ]) {
            const [entry] = judge({ stacks: rings(canary) });
            assert.equal(entry?.status, "nobody");
            assert.match(
                entry.problem ?? "",
                /no agent of this stack follows its pin.*only from here does it get to prod/,
            );
        }
    });

    it("is content where somebody runs it, somebody passes it on, or nobody behind needs it", () => {
        assert.deepEqual(judge({}), []);
        const passOn = [{ runtime: "code", owner: "ann", reason: "x", expires: "2026-06-22" }];
        const passing = rings(stack("o/platform/prod", [], { gate: { passOn } }));
        assert.deepEqual(judge({ stacks: passing }), []);
        assert.deepEqual(of(judge({ stacks: passing, now: LATER })), ["canary nobody"]);
        const idle = judge({ stacks: rings(stack("o/platform/prod", []), stack("canary", [])) });
        assert.deepEqual(of(idle), ["canary idle"]);
        assert.ok(!idle.some(isRingGap));
    });

    it("shows what each ring has proven, what waits, and since when that is a gap", () => {
        const proofs = new Map([
            ["platform/prod", proofOf("b")],
            ["canary", proofOf("a", "b", "2026-06-21T12:30:00.000Z")],
            ["prod", proofOf("a")],
        ]);
        const soon = judge({ proofs });
        assert.deepEqual(of(soon), ["platform/prod proven", "canary waiting", "prod waiting"]);
        assert.equal(soon[1]?.earliest, "2026-06-21T12:30:00.000Z");
        assert.match(formatCoverage([], soon), /canary +code +waiting +v-a +2026-06-21T12:30:00\.000Z/);

        const later = judge({ proofs, now: LATER });
        assert.deepEqual(of(later), ["platform/prod proven", "canary stuck", "prod stuck"]);
        assert.match(
            later[1]?.problem ?? "",
            /is not proven here: acme\/main: its rollout is paused; "v-a" is passed on/,
        );
        assert.match(later[2]?.problem ?? "", /the pin has not arrived here/);
        assert.match(formatCoverage([], later), /gaps=2$/);
    });

    it("takes a proof that could not be read for no proof, and says nothing of stacks that were not asked", () => {
        const proofs = new Map([["canary", undefined]]);
        assert.deepEqual(of(judge({ proofs })), ["canary unread"]);
    });
});
