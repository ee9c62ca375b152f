import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { isGap } from "../../../../pins/coverage/coverageEntry";
import { type CoverageInput, findCoverageGaps } from "../../../../pins/coverage/findCoverageGaps";
import { formatCoverage, formatCoverageMarkdown } from "../../../../pins/coverage/formatCoverage";
import { readCoverage } from "../../../../pins/coverage/readCoverage";
import { readPushedImages } from "../../../../pins/coverage/readPushedImages";
import { parseProof } from "../../../../proof/proofRecord";
import { PACKAGE_ROOT } from "../../../../lib/system/packageRoot";
import {
    digest,
    imageOf,
    FAILED,
    release,
    environment,
    OLD,
    FIX,
    pin,
    judge,
    statuses,
} from "../../../support/coverageFixture";

describe("fleet coverage", () => {
    it("finds the seed's incident: claude-code was promoted, platform-agent is three days behind", () => {
        const entries = judge({
            environments: [
                environment({
                    "claude-code": pin("claude-code", "c"),
                    "platform-agent": pin("platform-agent", "b"),
                }),
            ],
        });
        assert.deepEqual(statuses(entries), ["prod claude-code current", "prod platform-agent forgotten"]);
        assert.equal(entries[1]?.daysBehind, 3.1);
        assert.match(
            entries[1].problem ?? "",
            /"sha-201a5fa" since 2026-06-18T02:52:59Z, and "v0\.3\.43" is out for 3\.1 days .*, to which claude-code moved; .*: "fleet promote" it$/,
        );
        const text = formatCoverage(entries, []);
        assert.match(text, /covered=1 gaps=1$/);
        assert.ok(
            text
                .split("\n")
                .slice(0, 3)
                .every(({ length }) => length <= 100),
        );
        assert.match(formatCoverageMarkdown(entries, []), /❌ 1 runtimes are not covered/);
    });

    it("is satisfied when both were promoted", () => {
        const entries = judge({
            environments: [
                environment({
                    "claude-code": pin("claude-code", "c"),
                    "platform-agent": pin("platform-agent", "d"),
                }),
            ],
        });
        assert.ok(!entries.some(isGap));
        assert.match(formatCoverage(entries, []), /covered=2 gaps=0$/);
    });

    it("allows as many days as the environment says, or the caller", () => {
        const pins = { "claude-code": pin("claude-code", "c"), "platform-agent": pin("platform-agent", "b") };
        const patient = [environment(pins, { coverage: { maxDays: 4 } })];
        assert.deepEqual(statuses(judge({ environments: patient })).at(-1), "prod platform-agent behind");
        assert.deepEqual(
            statuses(judge({ environments: patient, maxDays: 3 })).at(-1),
            "prod platform-agent forgotten",
        );
    });

    it("allows the soak time, and the hours of grace, after a release is out", () => {
        const pins = { "platform-agent": pin("platform-agent", "b"), "claude-code": pin("claude-code", "c") };
        const soak = [environment(pins, { soak: { environment: "staging", hours: 48 } })];
        assert.deepEqual(statuses(judge({ environments: soak })).at(-1), "prod platform-agent behind");
        const later = { environments: soak, now: new Date("2026-06-25T12:00:00Z") };
        assert.deepEqual(statuses(judge(later)).at(-1), "prod platform-agent forgotten");
        assert.deepEqual(statuses(judge({ ...later, graceHours: 72 })).at(-1), "prod platform-agent behind");
    });

    describe("of one release that was never promoted", () => {
        const V1 = release("v1", "2026-06-21T09:00:00Z", { "claude-code": "a" });
        const V2 = release("v2", "2026-06-22T21:00:00Z", { "claude-code": "b" });
        const pins = (promotion: Record<string, unknown> = {}, change: Record<string, unknown> = {}) =>
            environment(
                {
                    "claude-code": pin("claude-code", "a", {
                        release: "v1",
                        promotedAt: "2026-06-21T09:30:00Z",
                        ...change,
                    }),
                },
                promotion,
            );
        const at = (now: string, change: Partial<CoverageInput> = {}) =>
            judge({ releases: [V1, V2], environments: [pins()], now: new Date(now), ...change })[0];

        it("counts its age until now and not until the newest: 1.5 days in June, months in November", () => {
            const june = at("2026-06-24T09:00:00Z");
            assert.deepEqual([june?.status, june?.daysBehind], ["behind", 1.5]);
            const november = at("2026-11-25T09:00:00Z");
            assert.deepEqual([november?.status, november?.daysBehind], ["forgotten", 155.5]);
            assert.match(november?.problem ?? "", /"v2" is out for 155\.5 days .*: "fleet promote" it$/);
        });

        it("counts from the first newer release, however many came after it", () => {
            const V3 = release("v3", "2026-11-24T09:00:00Z", { "claude-code": "c" });
            const entry = at("2026-11-25T09:00:00Z", { releases: [V1, V2, V3] });
            assert.deepEqual([entry?.status, entry?.daysBehind], ["forgotten", 155.5]);
            assert.match(entry?.problem ?? "", /the newest is "v3"/);
        });

        it("never advises what promote refuses: a failed smoke, a veto, a rollback's image", () => {
            const failed = release("v2", "2026-06-22T21:00:00Z", { "claude-code": "b" }, FAILED);
            const now = "2026-11-25T09:00:00Z";
            const entry = at(now, { releases: [V1, failed] });
            assert.deepEqual([entry?.status, entry?.newest, entry?.problem], ["current", "v1", undefined]);
            assert.deepEqual(entry?.refused, ['"v2": its check "smoke" failed']);
            assert.match(formatCoverage([entry], []), /never to be promoted: "v2": its check "smoke" failed/);

            const veto = { digest: digest("b"), reason: "leaks", by: "ann", at: "2026-06-23T00:00:00Z" };
            const vetoes = { byDigest: new Map([[veto.digest, veto]]), problems: [] };
            assert.equal(at(now, { vetoes })?.status, "current");

            const V3 = release("v3", "2026-06-23T21:00:00Z", { "claude-code": "c" });
            const mixed = at(now, { releases: [V1, failed, V3] });
            assert.deepEqual([mixed?.status, mixed?.newest, mixed?.daysBehind], ["forgotten", "v3", 154.5]);
        });

        it("says why promote refuses the newest where that may pass, and names the one that it takes", () => {
            const V3 = release("v3", "2026-06-23T21:00:00Z", { "claude-code": "c" }, []);
            const now = "2026-11-25T09:00:00Z";
            assert.match(
                at(now, { releases: [V1, V3] })?.problem ?? "",
                /"fleet promote" would refuse it: evidence: there is no evidence of the check "smoke"/,
            );
            assert.match(at(now, { releases: [V1, V2, V3] })?.problem ?? "", /"fleet promote" it to "v2"$/);
        });

        it("takes a pin that is newer than every release for current, and one of which nobody knows for unrecorded", () => {
            const now = "2026-11-25T09:00:00Z";
            const of = (change: Record<string, unknown>) =>
                at(now, { environments: [pins({}, { image: imageOf("claude-code", "e"), ...change })] });
            assert.equal(of({ publishedAt: "2026-07-01T00:00:00Z" })?.status, "current");
            assert.equal(of({ publishedAt: "2026-06-22T00:00:00Z" })?.status, "forgotten");
            const unknown = of({ promotedAt: "2026-07-01T00:00:00Z" });
            assert.equal(unknown?.status, "unrecorded");
            assert.match(unknown.problem ?? "", /nobody can tell whether it is older/);
        });

        it("ends a hold on its last day, or two weeks after it began", () => {
            const hold = {
                reason: "crashes",
                by: "ann",
                since: "2026-06-23T11:00:00Z",
                badImage: imageOf("claude-code", "b"),
            };
            const held = (now: string, change: Record<string, unknown> = {}, promotion = {}) =>
                at(now, { environments: [pins(promotion, { hold: { ...hold, ...change } })] });
            const during = held("2026-07-07T23:00:00Z");
            assert.deepEqual([during?.status, during?.heldUntil], ["held", "2026-07-07"]);
            const over = held("2026-07-08T00:00:00Z");
            assert.equal(over?.status, "forgotten");
            assert.match(over.problem ?? "", /held by ann .* the last day of that was "2026-07-07": crashes/);
            assert.equal(held("2026-07-08T00:00:00Z", { until: "2026-08-01" })?.status, "held");
            assert.equal(held("2026-06-25T00:00:00Z", { until: "2026-06-24" })?.status, "forgotten");
            assert.equal(held("2026-07-08T00:00:00Z", {}, { coverage: { holdDays: 30 } })?.status, "held");
        });

        it("does not promote what was rolled back where it soaked", () => {
            const staging = environment(
                {
                    "claude-code": pin("claude-code", "a", {
                        hold: {
                            reason: "crashes",
                            by: "ann",
                            since: "2026-06-23T11:00:00Z",
                            badImage: imageOf("claude-code", "b"),
                        },
                    }),
                },
                {},
                "staging",
            );
            const prod = pins({ soak: { environment: "staging", hours: 24 } });
            const entries = judge({
                releases: [V1, V2],
                environments: [prod, staging],
                only: ["prod"],
                now: new Date("2026-11-25T09:00:00Z"),
            });
            assert.deepEqual(statuses(entries), ["prod claude-code current"]);
            assert.deepEqual(entries[0]?.refused, ['"v2": rolled back: crashes']);
        });
    });

    it("finds a published runtime that an environment does not pin at all", () => {
        const entries = judge({ environments: [environment({ "claude-code": pin("claude-code", "c") })] });
        assert.deepEqual(statuses(entries), ["prod claude-code current", "prod platform-agent missing"]);
        assert.match(entries[1]?.problem ?? "", /"v0.3.43" was published for it/);
    });

    it("finds a runtime that an org uses and nobody pins, and names the agents", () => {
        const entries = judge({
            environments: [
                environment({
                    "claude-code": pin("claude-code", "c"),
                    "platform-agent": pin("platform-agent", "d"),
                }),
            ],
            used: [
                { environment: "prod", runtime: "voice", agents: ["acme/phone"] },
                { environment: "staging", runtime: "other", agents: ["acme/x"] },
            ],
        });
        assert.deepEqual(statuses(entries).at(-1), "prod voice missing");
        assert.match(entries.at(-1)?.problem ?? "", /acme\/phone of customers use it/);
    });

    it("takes a held pin for held, a released one for forgotten", () => {
        const hold = {
            reason: "x",
            by: "ann",
            since: "2026-06-21T11:00:00Z",
            badImage: imageOf("platform-agent", "d"),
        };
        const at = (change: Record<string, unknown>) =>
            statuses(
                judge({
                    environments: [
                        environment({
                            "claude-code": pin("claude-code", "c"),
                            "platform-agent": pin("platform-agent", "b", { hold: { ...hold, ...change } }),
                        }),
                    ],
                }),
            ).at(-1);
        assert.equal(at({}), "prod platform-agent held");
        assert.equal(
            at({ released: { by: "bob", at: "2026-06-21T12:00:00Z" } }),
            "prod platform-agent forgotten",
        );
    });

    it("finds a pin to a vetoed digest, though it is the newest", () => {
        const veto = { digest: digest("d"), reason: "leaks", by: "ann", at: "2026-06-21T11:00:00Z" };
        const entries = judge({
            environments: [
                environment({
                    "claude-code": pin("claude-code", "c"),
                    "platform-agent": pin("platform-agent", "d"),
                }),
            ],
            vetoes: { byDigest: new Map([[veto.digest, veto]]), problems: [] },
        });
        assert.deepEqual(statuses(entries).at(-1), "prod platform-agent vetoed");
    });

    it("cannot tell a pin that follows a live Deployment, nor one that no release names, and says so", () => {
        const entries = judge({
            releases: [release("v1", "2026-06-21T10:00:00Z", { "claude-code": "c" })],
            environments: [
                environment({ "claude-code": { fromDeployment: {} }, legacy: pin("legacy", "a") }),
            ],
        });
        assert.deepEqual(statuses(entries), ["prod claude-code live", "prod legacy unpublished"]);
        assert.deepEqual(entries.filter(isGap), []);
        assert.match(entries[0]?.unknown ?? "", /no file tells: --proof asks/);
        assert.match(entries[1]?.unknown ?? "", /no release names it.*--registry-tag asks/);
    });

    it("judges a pin that follows a live Deployment by what its stack has proven, where that was asked", () => {
        const environments = [environment({ "claude-code": { fromDeployment: {} } })];
        const proven = (letter: string) => {
            const evidence = { by: "agents", agents: [], count: 1, soak: "0s", checks: [], excused: [] };
            const image = imageOf("claude-code", letter);
            const runtimes = { "claude-code": { proven: { image, release: "v1", evidence, earlier: [] } } };
            return new Map([["platform/prod", parseProof({ schemaVersion: 1, runtimes })]]);
        };
        const statusOf = (letter: string) =>
            judge({ environments, proofs: proven(letter) }).map(({ status, unknown }) => [
                status,
                unknown,
            ])[0];
        assert.deepEqual(statusOf("c"), ["current", undefined]);
        assert.deepEqual(statusOf("a"), ["forgotten", undefined]);
    });

    describe("with what the registries serve", () => {
        const pushed = (letter: string, runtime = "platform-agent") => [
            { runtime, repository: `ghcr.io/genbrain/${runtime}`, tag: "latest", digest: digest(letter) },
        ];
        const environments = [
            environment({
                "claude-code": pin("claude-code", "c"),
                "platform-agent": pin("platform-agent", "d"),
            }),
        ];

        it("finds an image that was pushed and that no release names, whatever its pin says", () => {
            const [, entry] = judge({ environments, pushed: pushed("e") });
            assert.equal(entry?.status, "unrecorded");
            assert.ok(isGap(entry));
            assert.match(
                entry.problem ?? "",
                /"ghcr\.io\/genbrain\/platform-agent:latest" leads to "sha256:e{64}", which no release names.*"fleet release add"/,
            );
        });

        it("takes an older release, a vetoed digest and the pin's own for known", () => {
            const byDigest = new Map([
                [digest("e"), { digest: digest("e"), reason: "bad", by: "ann", at: "2026-06-22T00:00:00Z" }],
            ]);
            const vetoes = { byDigest, problems: [] };
            for (const letter of ["b", "d", "e"]) {
                const entries = judge({ environments, vetoes, pushed: pushed(letter) });
                assert.deepEqual(entries.filter(isGap), [], letter);
            }
            const unpublished = judge({ environments, releases: [], pushed: pushed("d") });
            assert.deepEqual(statuses(unpublished), [
                "prod claude-code unpublished",
                "prod platform-agent unpublished",
            ]);
            assert.deepEqual(
                unpublished.map(({ unknown }) => unknown === undefined),
                [false, true],
                "the registry was asked for one of them",
            );
        });

        it("leaves a gap that the files tell as it is", () => {
            const forgotten = [environment({ "platform-agent": pin("platform-agent", "b") })];
            assert.deepEqual(statuses(judge({ environments: forgotten, pushed: pushed("e") })), [
                "prod claude-code missing",
                "prod platform-agent forgotten",
            ]);
        });

        it("asks every repository of a runtime once: of its pins, its releases, and those that are allowed", async () => {
            const asked: string[] = [];
            const { pushed: found, problems } = await readPushedImages(
                {
                    releases: [OLD, FIX],
                    environments: [
                        environment(
                            { "platform-agent": pin("platform-agent", "d") },
                            { repositories: { "platform-agent": ["mirror.example.com/agent"] } },
                        ),
                    ],
                },
                "edge",
                (repository, tag) => {
                    asked.push(`${repository}:${tag}`);
                    return Promise.resolve(
                        repository.startsWith("mirror")
                            ? { ok: false, trouble: "it is down" }
                            : { ok: true, digest: digest("e") },
                    );
                },
            );
            assert.deepEqual(asked.sort(), [
                "ghcr.io/genbrain/claude-code:edge",
                "ghcr.io/genbrain/platform-agent:edge",
                "mirror.example.com/agent:edge",
            ]);
            assert.equal(found.length, 2);
            assert.deepEqual(problems, ["platform-agent: it is down"]);
        });
    });

    it("takes a pin without a time for forgotten, since nobody can tell how old it is", () => {
        const entries = judge({
            environments: [
                environment({
                    "claude-code": pin("claude-code", "c"),
                    "platform-agent": pin("platform-agent", "b", { promotedAt: undefined }),
                }),
            ],
        });
        assert.deepEqual(statuses(entries).at(-1), "prod platform-agent forgotten");
    });

    it("covers every committed environment, by the committed releases and orgs", () => {
        const { input, problems } = readCoverage(PACKAGE_ROOT, []);
        assert.deepEqual(problems, []);
        const entries = findCoverageGaps({ ...input, now: new Date() });
        assert.deepEqual(entries.filter(isGap), []);
        assert.ok(entries.length >= 4);
        assert.ok(fs.existsSync(path.join(PACKAGE_ROOT, "releases")));
    });
});
