import assert from "node:assert/strict";
import { type ChooseOptions, chooseAgentImages } from "../../../config/chooseAgentImages";
import { ConfigError } from "../../../lib/text/configError";
import { describeAgents } from "../../../config/describeAgents";
import { type LoadedStack } from "../../../config/loadStack";
import { type OrgSpec, orgSpecSchema } from "../../../config/orgSpec";
import type { VetoesByDigest } from "../../../config/vetoes";
import { stackConfigSchema } from "../../../config/stackConfig";
import { formatImageReference } from "../../../images/imageReference";
import type { AskRegistry } from "../../../images/resolveDigest";
import { DIGEST_A, DIGEST_C, PINS } from "../../support/sampleImages";
import { warnOfOverrides } from "../../../config/warnOfOverrides";
import { sampleOrg } from "../../support/orgsDirectory";

const NOW = new Date("2026-07-01T00:00:00Z");
const HELD = { owner: "support", reason: "Ticket 4711", expires: "2026-12-31" };

function stackOf(orgs: readonly object[], config: object = {}): Pick<LoadedStack, "config" | "orgs"> {
    const base = {
        referenceStack: "organization/platform/dev",
        orgs: "orgs/dev",
        kubeContext: "dev",
        overrides: { maxDays: 365, allowOtherRepositories: true },
        environment: "development",
    };
    return {
        config: stackConfigSchema.parse({ ...base, ...config }),
        orgs: orgs.map((org): OrgSpec => orgSpecSchema.parse(org)),
    };
}

const nobody = () => assert.fail("asked a registry");
const at = (ask: AskRegistry, vetoes: VetoesByDigest = new Map()): ChooseOptions => ({
    now: NOW,
    vetoes,
    ask,
});

describe("chooseAgentImages", () => {
    it("gives each agent its own runtime's pin or the nearest override of that runtime", async () => {
        const orgs = [
            sampleOrg("acme", {
                agents: [
                    {
                        name: "a",
                        runtime: "claude-code",
                        imageOverride: { ...HELD, image: `a.example/x@${DIGEST_C}` },
                    },
                    { name: "b", runtime: "claude-code" },
                    { name: "c", runtime: "platform-agent" },
                ],
                imageOverrides: { "claude-code": { ...HELD, image: `o.example/x@${DIGEST_C}` } },
            }),
            sampleOrg("globex"),
        ];
        const stack = stackOf(orgs, {
            imageOverrides: { "claude-code": { ...HELD, image: `s.example/x@${DIGEST_C}` } },
        });
        const chosen = await chooseAgentImages(stack, PINS, at(nobody));
        assert.deepEqual(
            chosen.flatMap(({ org, agents }) =>
                agents.map(({ agent, image }) => [org.slug, agent.name, image.source, image.image.registry]),
            ),
            [
                ["acme", "a", "agent-override", "a.example"],
                ["acme", "b", "org-override", "o.example"],
                ["acme", "c", "pin", "ghcr.io"],
                ["globex", "coder", "stack-override", "s.example"],
            ],
        );
    });

    it("reports the problems of all agents of all orgs together", async () => {
        const endless = { ...HELD, expires: "9999-12-31", image: `a.example/x@${DIGEST_C}` };
        const orgs = [
            sampleOrg("acme", { imageOverrides: { "claude-code": endless } }),
            sampleOrg("globex", { agents: [{ name: "x", runtime: "unknown" }] }),
            sampleOrg("initech"),
        ];
        await assert.rejects(chooseAgentImages(stackOf(orgs), PINS, at(nobody)), (error) => {
            assert.ok(error instanceof ConfigError);
            assert.equal(error.problems.length, 2);
            assert.match(
                error.problems[0] ?? "",
                /^org "acme", agent "coder": the image override of org "acme" expires on "9999-12-31"/,
            );
            assert.match(
                error.problems[1] ?? "",
                /^org "globex", agent "x": the runtime "unknown" has no pin/,
            );
            return true;
        });
    });

    it("lets everybody else go while one org's override has expired, warns of it, and of one that soon will", async () => {
        const image = `ghcr.io/genbrain/claude-code@${DIGEST_C}`;
        const held = (slug: string, expires: string) =>
            sampleOrg(slug, { imageOverrides: { "claude-code": { ...HELD, image, expires } } });
        const orgs = [held("acme", "2026-06-30"), held("soon", "2026-07-08"), held("later", "2026-07-09")];
        const stack = stackOf([...orgs, sampleOrg("initech")]);
        const chosen = await chooseAgentImages(stack, PINS, { ...at(nobody), deployed: () => image });
        assert.deepEqual(
            chosen.map(({ agents }) => agents[0]?.image.source),
            ["org-override", "org-override", "org-override", "pin"],
        );
        const [expired, soon, ...rest] = warnOfOverrides(chosen, 7, NOW);
        assert.deepEqual(rest, []);
        assert.match(
            expired ?? "",
            /^org "acme", agent "coder": stays as it is: .* expired on "2026-06-30" \(owner "support"/,
        );
        assert.match(
            soon ?? "",
            /^org "soon", agent "coder": its image override ends in 7 days, after "2026-07-08"/,
        );
    });

    it("asks once for a tag that many agents have, and marks what it was resolved from", async () => {
        const asked: string[] = [];
        const stack = stackOf([sampleOrg("acme"), sampleOrg("globex")], {
            imageOverrides: { "claude-code": { ...HELD, image: "ghcr.io/a/b:sha-1234567" } },
        });
        const chosen = await chooseAgentImages(
            stack,
            PINS,
            at((image) => {
                asked.push(image);
                return Promise.resolve(DIGEST_A);
            }),
        );
        assert.deepEqual(asked, ["ghcr.io/a/b:sha-1234567"]);
        assert.deepEqual(
            chosen.flatMap(({ agents }) =>
                agents.map(({ image }) => [formatImageReference(image.image), image.resolvedFrom]),
            ),
            Array(2).fill([`ghcr.io/a/b:sha-1234567@${DIGEST_A}`, "ghcr.io/a/b:sha-1234567"]),
        );
    });

    it("fails when a registry does not answer", async () => {
        const stack = stackOf([sampleOrg("acme")], {
            imageOverrides: { "claude-code": { ...HELD, image: "ghcr.io/a/b:sha-1234567" } },
        });
        await assert.rejects(
            chooseAgentImages(
                stack,
                PINS,
                at(() => Promise.reject(new Error("no such host"))),
            ),
            { name: "MendableError", message: /"ghcr\.io\/a\/b:sha-1234567"/ },
        );
    });

    it("refuses a vetoed digest wherever it comes from: one problem for a pin, one for each override, tags included", async () => {
        const orgs = [
            ...["a", "b", "c", "d"].map((slug) => sampleOrg(slug)),
            sampleOrg("held", {
                imageOverrides: { "claude-code": { ...HELD, image: "o.example/x:sha-1234567" } },
            }),
            sampleOrg("free", {
                imageOverrides: { "claude-code": { ...HELD, image: `o.example/x@sha256:${"f".repeat(64)}` } },
            }),
        ];
        const veto = { reason: "leaks memory", by: "ann", at: "2026-06-21T00:00:00Z" };
        const vetoes = new Map([DIGEST_A, DIGEST_C].map((digest) => [digest, { digest, ...veto }]));
        const asked = chooseAgentImages(
            stackOf(orgs),
            PINS,
            at(() => Promise.resolve(DIGEST_C), vetoes),
        );
        await assert.rejects(asked, (error) => {
            assert.ok(error instanceof ConfigError);
            const why =
                "its digest was vetoed by ann at 2026-06-21T00:00:00Z: leaks memory (platform/vetoes.yaml)";
            assert.deepEqual(error.problems, [
                `org "held", agent "coder": the image "o.example/x:sha-1234567@${DIGEST_C}" (org-override) is refused: ${why}; ` +
                    "expected another image, or none to follow the platform's pin",
                `the reference stack "organization/platform/dev" pins the runtime "claude-code" to ` +
                    `"ghcr.io/genbrain/claude-code:sha-19f3175@${DIGEST_A}", which is refused for a/coder, b/coder, c/coder and 1 more: ` +
                    `${why}; "fleet rollback" moves the pin`,
            ]);
            return true;
        });
    });

    it("resolves a last resort to a digest, and only for a runtime without a pin", async () => {
        const stack = stackOf(
            [sampleOrg("acme", { agents: [{ name: "x", runtime: "unpinned" }] }), sampleOrg("globex")],
            {
                allowMutableLastResort: true,
                lastResortImages: { unpinned: "ghcr.io/a/b:latest", "claude-code": "ghcr.io/a/c:latest" },
            },
        );
        const chosen = await chooseAgentImages(
            stack,
            PINS,
            at((image) => {
                assert.equal(image, "ghcr.io/a/b:latest");
                return Promise.resolve(DIGEST_A);
            }),
        );
        assert.deepEqual(describeAgents(chosen), {
            acme: {
                x: {
                    image: `ghcr.io/a/b:latest@${DIGEST_A}`,
                    source: "last-resort",
                    runtime: "unpinned",
                    lastResortOf: "ghcr.io/a/b:latest",
                },
            },
            globex: {
                coder: {
                    image: `ghcr.io/genbrain/claude-code:sha-19f3175@${DIGEST_A}`,
                    source: "pin",
                    runtime: "claude-code",
                    release: "v2",
                },
            },
        });
    });

    it("gives an org that is leaving no agents, and does not mind its expired override", async () => {
        const org = sampleOrg("acme", {
            offboarding: { owner: "sales", reason: "Contract ended" },
            imageOverrides: { "claude-code": { ...HELD, expires: "2020-01-01", image: `a/b@${DIGEST_A}` } },
        });
        const chosen = await chooseAgentImages(stackOf([org]), PINS, at(nobody));
        assert.deepEqual(
            chosen.map(({ org: { slug }, agents }) => [slug, agents]),
            [["acme", []]],
        );
        assert.deepEqual(describeAgents(chosen), { acme: {} });
    });

    it("takes nothing from what every object has: a runtime may be called constructor", async () => {
        const stack = stackOf([sampleOrg("acme", { agents: [{ name: "x", runtime: "constructor" }] })]);
        await assert.rejects(chooseAgentImages(stack, PINS, at(nobody)), {
            message: /the runtime "constructor" has no pin/,
        });
    });
});

describe("describeAgents", () => {
    it("says until when and by whom an agent is held, and no release, which it does not follow", async () => {
        const org = sampleOrg("acme", {
            imageOverrides: { "claude-code": { ...HELD, image: `a.example/b@${DIGEST_C}` } },
        });
        const chosen = await chooseAgentImages(stackOf([org]), PINS, at(nobody));
        assert.deepEqual(describeAgents(chosen), {
            acme: {
                coder: {
                    image: `a.example/b@${DIGEST_C}`,
                    source: "org-override",
                    runtime: "claude-code",
                    heldUntil: "2026-12-31",
                    heldBy: "support",
                },
            },
        });
    });

    it("calls nothing a last resort but a last resort, whatever tag an override was resolved from", async () => {
        const org = sampleOrg("acme", {
            imageOverrides: { "claude-code": { ...HELD, image: "ghcr.io/a/b:sha-1234567" } },
        });
        const chosen = await chooseAgentImages(
            stackOf([org]),
            PINS,
            at(() => Promise.resolve(DIGEST_A)),
        );
        assert.deepEqual(describeAgents(chosen)["acme"]?.["coder"], {
            image: `ghcr.io/a/b:sha-1234567@${DIGEST_A}`,
            source: "org-override",
            runtime: "claude-code",
            heldUntil: "2026-12-31",
            heldBy: "support",
        });
    });

    it("differs between two releases in exactly the agents that follow the changed pin", async () => {
        const stack = stackOf([
            sampleOrg("acme", {
                agents: [
                    { name: "a", runtime: "claude-code" },
                    { name: "b", runtime: "platform-agent" },
                ],
            }),
            sampleOrg("held", {
                imageOverrides: { "claude-code": { ...HELD, image: `a.example/b@${DIGEST_C}` } },
            }),
        ]);
        const claude = PINS.get("claude-code") ?? assert.fail("no pin");
        const bumped = new Map(PINS).set("claude-code", {
            image: { ...claude.image, digest: DIGEST_C },
            release: "v3",
        });
        const [before, after] = await Promise.all(
            [PINS, bumped].map(async (pins) =>
                describeAgents(await chooseAgentImages(stack, pins, at(nobody))),
            ),
        );
        assert.deepEqual(after?.["held"], before?.["held"]);
        assert.deepEqual(after?.["acme"]?.["b"], before?.["acme"]?.["b"]);
        assert.notDeepEqual(after?.["acme"]?.["a"], before?.["acme"]?.["a"]);
    });
});
