import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { promiseOf } from "../../components/promiseOf";
import { formatRuntimeImages } from "../../images/runtimeImages";
import customerOrgs from "../../index";
import { OrgsDirectory, sampleOrg, settingsOf } from "../support/orgsDirectory";
import { type Answers, declareResources } from "../support/declareResources";
import { DIGEST_A, DIGEST_B, DIGEST_C, PINS } from "../support/sampleImages";

const STACK = "organization/platform/dev";
const GOOD = formatRuntimeImages(PINS);
const HELD = {
    image: `ghcr.io/genbrain/claude-code@${DIGEST_C}`,
    owner: "support",
    reason: "Ticket 4711",
    expires: "2026-09-01",
};

describe("the customer-orgs program", () => {
    let checkout: OrgsDirectory;
    before(() => {
        checkout = new OrgsDirectory();
        checkout.write("orgs/dev/acme.yaml", sampleOrg("acme"));
        checkout.write(
            "orgs/dev/globex.yaml",
            sampleOrg("globex", {
                agents: [
                    { name: "concierge", runtime: "platform-agent" },
                    { name: "coder", runtime: "claude-code" },
                ],
                imageOverrides: { "claude-code": HELD },
            }),
        );
    });
    after(() => {
        checkout.remove();
    });

    const run = (
        outputs: Readonly<Record<string, unknown>>,
        more: Answers = {},
        now = "2026-07-01T00:00:00Z",
    ) =>
        declareResources(
            async () => {
                const context = {
                    settings: settingsOf(),
                    stackName: "dev",
                    root: checkout.root,
                    now: new Date(now),
                };
                return promiseOf(pulumi.output(await customerOrgs(context)));
            },
            {
                references: { [STACK]: outputs },
                live: { "kubernetes:core/v1:Namespace": { metadata: { uid: "uid-1" } } },
                ...more,
            },
        );

    it("rolls every org's agents to the reference's images and exports what it runs and why", async () => {
        const { resources, result } = await run({ runtimeImages: GOOD });
        const { runtimeImages, agents, offboarding, clusterUid } = await result;
        assert.deepEqual(runtimeImages, GOOD);
        assert.deepEqual(agents, {
            acme: {
                coder: {
                    image: `ghcr.io/genbrain/claude-code:sha-19f3175@${DIGEST_A}`,
                    source: "pin",
                    runtime: "claude-code",
                    release: "v2",
                },
            },
            globex: {
                concierge: {
                    image: `ghcr.io/genbrain/platform-agent@${DIGEST_B}`,
                    source: "pin",
                    runtime: "platform-agent",
                    release: "v2",
                },
                coder: {
                    image: `ghcr.io/genbrain/claude-code@${DIGEST_C}`,
                    source: "org-override",
                    runtime: "claude-code",
                    heldUntil: "2026-09-01",
                    heldBy: "support",
                },
            },
        });
        assert.deepEqual([offboarding, clusterUid], [[], "uid-1"]);
        assert.deepEqual(
            resources
                .filter(({ type }) => type === "kubernetes:apps/v1:Deployment")
                .map(({ name }) => name)
                .sort(),
            ["acme.coder", "globex.coder", "globex.concierge"],
        );
    });

    it("gives every resource a name of its own, also where slugs and agents' names could be read in two ways", async () => {
        const ambiguous = new OrgsDirectory();
        const agent = (name: string) => ({ name, runtime: "claude-code" });
        ambiguous.write("orgs/dev/a.yaml", sampleOrg("a", { agents: [agent("b-c"), agent("b")] }));
        ambiguous.write("orgs/dev/a-b.yaml", sampleOrg("a-b", { agents: [agent("c"), agent("b-c")] }));
        const { resources, result } = await declareResources(
            () =>
                customerOrgs({
                    settings: settingsOf(),
                    stackName: "dev",
                    root: ambiguous.root,
                    now: new Date("2026-07-01T00:00:00Z"),
                }),
            {
                references: { [STACK]: { runtimeImages: GOOD } },
                live: { "kubernetes:core/v1:Namespace": { metadata: { uid: "uid-1" } } },
            },
        );
        await result;
        ambiguous.remove();
        const names = resources
            .filter(({ read }) => read === undefined)
            .map(({ type, name }) => `${type} ${name}`);
        assert.equal(names.filter((name) => /:Deployment /.test(name)).length, 4);
        assert.deepEqual(
            names.filter((name, index) => names.indexOf(name) !== index),
            [],
        );
    });

    const image = (value: unknown) => ({
        runtimeImages: { schemaVersion: 1, runtimes: { "claude-code": { image: value, release: "v2" } } },
    });
    const unusable: [string, Readonly<Record<string, unknown>>, RegExp, Answers?][] = [
        ["is missing", { clusterUid: "x" }, /it is missing: the stack has no such output/],
        ["is null", { runtimeImages: null }, /it is null, expected an object with "runtimes"/],
        ["is empty text", { runtimeImages: "" }, /it is "", expected an object/],
        ["pins nothing", { runtimeImages: { schemaVersion: 1, runtimes: {} } }, /runtimes is empty/],
        ["has another shape", { runtimeImages: ["ghcr.io/a/b"] }, /a list of 1: .*expected object/],
        [
            "has another version",
            { runtimeImages: { ...GOOD, schemaVersion: 2 } },
            /schemaVersion: 2: expected 1/,
        ],
        [
            "names a mutable image",
            image("ghcr.io/a/b:latest"),
            /"ghcr\.io\/a\/b:latest": refused: the tag "latest"/,
        ],
        ["names a tag without a digest", image("ghcr.io/a/b:sha-1234567"), /refused: it is a git-SHA tag/],
        [
            "lacks a runtime that an agent has",
            image(`ghcr.io/a/b@${DIGEST_A}`),
            /org "globex", agent "concierge": the runtime "platform-agent" has no pin in the reference stack "organization\/platform\/dev" \(it pins "claude-code"\)/,
        ],
        ["is a secret", { runtimeImages: GOOD }, /it is a secret/, { secretOutputs: ["runtimeImages"] }],
    ];
    for (const [what, outputs, message, more] of unusable) {
        it(`declares nothing, and says why in its own words, when the reference's output ${what}`, async () => {
            const { resources, result } = await run(outputs, more);
            await assert.rejects(result, (error) => {
                assert.ok(pulumi.RunError.isInstance(error), "shown without a stack trace");
                assert.match(error.message, message);
                assert.match(error.message, /nothing was changed/);
                return true;
            });
            assert.deepEqual(
                [...new Set(resources.map(({ type }) => type))],
                ["pulumi:pulumi:StackReference"],
            );
        });
    }

    it("declares everything as before when an override has expired: its org stays, and the others go", async () => {
        const imagesAt = async (now: string) => {
            const { resources, result } = await run({ runtimeImages: GOOD }, {}, now);
            await result;
            return resources
                .filter(({ type }) => type === "kubernetes:apps/v1:Deployment")
                .map(({ inputs }) => inputs);
        };
        assert.deepEqual(await imagesAt("2026-09-02T00:00:00Z"), await imagesAt("2026-09-01T00:00:00Z"));
    });

    it("declares nothing while a pin that agents follow is vetoed, or the list of vetoes cannot be read", async () => {
        const vetoes = "platform/vetoes.yaml";
        const veto = { digest: DIGEST_B, reason: "leaks memory", by: "ann", at: "2026-06-21T00:00:00Z" };
        for (const [text, message] of [
            [
                { vetoes: [veto] },
                /pins the runtime "platform-agent" to .* is refused for globex\/concierge: .* vetoed by ann/,
            ],
            [
                { vetoes: [{ ...veto, digest: "latest" }] },
                /platform\/vetoes\.yaml: vetoes\[0\]\.digest: "latest"/,
            ],
        ] as const) {
            checkout.write(vetoes, text);
            const { resources, result } = await run({ runtimeImages: GOOD });
            checkout.write(vetoes, "");
            await assert.rejects(result, { message });
            assert.deepEqual(
                [...new Set(resources.map(({ type }) => type))],
                ["pulumi:pulumi:StackReference"],
            );
        }
    });

    it("declares nothing when the cluster is another one than last time", async () => {
        const { resources, result } = await run({ runtimeImages: GOOD }, { stashed: "uid-of-last-time" });
        await assert.rejects(result, /leads to another cluster than this stack was applied to before/);
        const declared = resources.filter(
            ({ type, read }) => type.startsWith("kubernetes:") && read === undefined,
        );
        assert.deepEqual(declared, []);
    });
});
