import assert from "node:assert/strict";
import type { OrgImages } from "../../../config/chooseAgentImages";
import { orgSpecSchema, agentsOf } from "../../../config/orgSpec";
import { stackConfigSchema } from "../../../config/stackConfig";
import type { Veto } from "../../../config/vetoes";
import { formatImageReference } from "../../../images/imageReference";
import type { LiveAgent } from "../../../kube/liveAgent";
import { ConfigError } from "../../../lib/text/configError";
import type { OwnOutputs } from "../../../proof/ownOutputs";
import { permitImages } from "../../../proof/permitImages";
import { type LiveAgentChanges, liveAgentOf } from "../../support/liveAgents";
import { DIGEST_A, DIGEST_B, DIGEST_C, pinned } from "../../support/sampleImages";
import { sampleOrg } from "../../support/orgsDirectory";

const RUNTIME = "claude-code";
const image = (digest: string) => `ghcr.io/genbrain/claude-code@${digest}`;
const [OLD, NEW, OLDER] = [image(DIGEST_A), image(DIGEST_B), image(DIGEST_C)];
const NOW = new Date("2026-07-01T12:00:00Z");
const pause = (until = "2026-07-02") => ({ owner: "ann", reason: "an incident", until });
const FREEZE = {
    rrule: "FREQ=DAILY;BYHOUR=0;BYMINUTE=0",
    duration: "PT24H",
    timezone: "Europe/Berlin",
    reason: "nobody is there",
};
const PROVEN = {
    image: pinned(OLD),
    release: "v1",
    evidence: { by: "agents" as const, agents: [], count: 1, soak: "0s", checks: [], excused: [] },
    earlier: [DIGEST_C],
};

const org = (slug: string, chosen = NEW): OrgImages => {
    const spec = orgSpecSchema.parse(sampleOrg(slug));
    return {
        org: spec,
        agents: agentsOf(spec).map((agent) => ({
            agent,
            image: { image: pinned(chosen), source: "pin", release: "v2" },
        })),
    };
};
const said = (...slugs: readonly string[]): OwnOutputs => ({
    agents: Object.fromEntries(
        slugs.map((slug) => [slug, { coder: { image: OLD, runtime: RUNTIME, release: "v1" } }]),
    ),
    offboarding: [],
    proof: new Map([[RUNTIME, { proven: PROVEN }]]),
});
const live = (slug: string, changes: Partial<LiveAgentChanges> = {}): [string, LiveAgent] => [
    `org-${slug}/agent-coder`,
    liveAgentOf({ image: OLD, namespace: `org-${slug}`, ...changes }),
];

const warned: string[] = [];

/** Org → the image that its agent is given. */
async function permit(
    orgs: readonly OrgImages[],
    settings: object,
    { before = said("acme", "globex"), agents = [live("acme"), live("globex")], vetoed }: Given = {},
): Promise<Record<string, string>> {
    const config = stackConfigSchema.parse({
        referenceStack: "a/b/c",
        orgs: "orgs",
        kubeContext: "x",
        ...settings,
    });
    const vetoes = new Map<string, Veto>();
    if (vetoed !== undefined) {
        vetoes.set(vetoed, { digest: vetoed, reason: "leaks", by: "bob", at: "2026-06-21T00:00:00Z" });
    }
    const permitted = await permitImages(orgs, {
        config,
        before,
        vetoes,
        stackName: "prod",
        warn: (text) => warned.push(text),
        now: NOW,
        world: {
            look: () => ("error" in agents ? Promise.reject(agents.error) : Promise.resolve(new Map(agents))),
            now: () => NOW,
        },
    });
    return Object.fromEntries(
        permitted.map((each) => [
            each.org.slug,
            each.agents.map((agent) => formatImageReference(agent.image.image)).join(),
        ]),
    );
}
interface Given {
    readonly before?: OwnOutputs;
    readonly agents?: readonly [string, LiveAgent][] | { readonly error: Error };
    readonly vetoed?: string;
}
const refuses = (given: Promise<unknown>, ...problems: readonly RegExp[]) =>
    assert.rejects(given, (error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.problems.length, problems.length, error.message);
        problems.forEach((problem, index) => {
            assert.match(error.problems[index] ?? "", problem);
        });
        return true;
    });

describe("permitImages, while a stack is paused or frozen", () => {
    const orgs = [org("acme"), org("globex")];

    it("keeps every agent on what its Deployment has, also where an update that failed wrote no outputs", async () => {
        assert.deepEqual(
            await permit(
                orgs,
                { pause: pause() },
                { agents: [live("acme"), live("globex", { image: OLDER })] },
            ),
            { acme: OLD, globex: OLDER },
        );
        assert.match(
            warned.at(-1) ?? "",
            /^2 agents stay on the images that they have, .* paused until 2026-07-02 by ann: an incident \(acme\/coder, globex\/coder\)$/,
        );
        assert.deepEqual(await permit(orgs, { freeze: [FREEZE] }), { acme: OLD, globex: OLD });
        const said = warned.length;
        await permit([org("acme", OLD)], { pause: pause() });
        assert.equal(warned.length, said, "who has its image by now stays without a word");
    });

    it("asks nobody, and changes nothing of the choice, where nothing is forbidden", async () => {
        const agents = { error: new Error("asked") };
        const glass = { pause: pause(), freeze: [FREEZE], budget: { maxOrgs: 0 }, breakGlass: pause() };
        for (const settings of [{}, { pause: pause("2026-06-30") }, glass]) {
            assert.deepEqual(await permit(orgs, settings, { agents }), { acme: NEW, globex: NEW });
        }
    });

    it("takes the last outputs where a Deployment is gone, or has an image that is no digest", async () => {
        const agents = [live("acme", { image: "ghcr.io/genbrain/claude-code:latest" })];
        assert.deepEqual(await permit(orgs, { pause: pause() }, { agents }), { acme: OLD, globex: OLD });
    });

    it("gives an agent that is born meanwhile what the stack proved last", async () => {
        assert.deepEqual(await permit([org("hooli")], { pause: pause() }), { hooli: OLD });
    });

    it("refuses what it would have to guess, all of it together", async () => {
        const before = { ...said(), proof: new Map() };
        const agents = [live("acme", { image: "ghcr.io/genbrain/claude-code:latest" })];
        await refuses(
            permit(orgs, { pause: pause() }, { before, agents }),
            /^org "acme", agent "coder": the stack is paused until 2026-07-02 by ann: an incident; its Deployment has ".*:latest", and nobody knows/,
            /^org "globex", agent "coder": .*; it is new, and of the runtime "claude-code" the stack has proven no image/,
        );
    });

    it("refuses another runtime, and a digest that was vetoed since", async () => {
        const deployment = { labels: { "customer-orgs/runtime": "platform-agent" } };
        await refuses(
            permit([org("acme")], { pause: pause() }, { agents: [live("acme", { deployment })] }),
            /another runtime \("claude-code" instead of "platform-agent"\) would change its image/,
        );
        await refuses(
            permit([org("acme")], { pause: pause() }, { vetoed: DIGEST_A }),
            /the stack is paused .*; its digest was vetoed by bob/,
        );
    });

    it("refuses to go on where the cluster cannot be read", async () => {
        await refuses(
            permit(orgs, { pause: pause() }, { agents: { error: new Error("timeout") } }),
            /^Pulumi\.prod\.yaml: .* what was deployed last cannot be read: timeout/,
        );
    });

    it("lets everybody go back in a freeze window to what ran here before, and not in a pause", async () => {
        const agents = [live("acme", { image: NEW })];
        const back = [org("acme", OLDER)];
        assert.deepEqual(await permit(back, { freeze: [FREEZE] }, { agents }), { acme: OLDER });
        assert.deepEqual(await permit(back, { pause: pause(), freeze: [FREEZE] }, { agents }), { acme: NEW });
    });
});

describe("permitImages, with a budget", () => {
    const orgs = [org("acme"), org("globex"), org("hooli")];

    it("refuses an update that would change the images of more orgs than it allows, with the list", async () => {
        for (const budget of [{ maxOrgs: 1 }, { maxPercent: 50 }, { maxOrgs: 9, maxPercent: 99 }]) {
            await refuses(
                permit(orgs, { budget }),
                /^Pulumi\.prod\.yaml: customer-orgs:budget: the images of 2 of 2 orgs would change, and at most 1 may: acme, globex;/,
            );
        }
    });

    it("counts nobody who is new, or has its image by now", async () => {
        const agents = [live("acme"), live("globex", { image: NEW })];
        assert.deepEqual(await permit(orgs, { budget: { maxOrgs: 1 } }, { agents }), {
            acme: NEW,
            globex: NEW,
            hooli: NEW,
        });
    });

    it("counts an image of the same digest under another name: its pods are made anew all the same", async () => {
        const agents = [live("acme", { image: `ghcr.io/genbrain/claude-code:v2@${DIGEST_B}` })];
        await refuses(
            permit(orgs, { budget: { maxOrgs: 0 } }, { agents, before: said() }),
            /1 of 1 orgs .*: acme;/,
        );
    });
});
