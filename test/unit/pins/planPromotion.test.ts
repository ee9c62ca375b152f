import assert from "node:assert/strict";
import type { Environment } from "../../../pins/environment";
import { planPromotion } from "../../../pins/planPromotion";
import { parseRelease } from "../../../pins/release/release";
import { withDigest } from "../../../images/imageReference";
import { parseImageReference } from "../../../images/imageReference";
import type { RuntimeImages } from "../../../images/runtimeImages";
import { platformConfigSchema } from "../../../platform/platformConfig";
import type { EnvironmentState } from "../../../pins/promotion";
import type { PromotionRequest } from "../../../pins/promotion";

const OLD = `sha256:${"a".repeat(64)}`;
const NEW = `sha256:${"b".repeat(64)}`;
const OTHER = `sha256:${"c".repeat(64)}`;
const NOW = new Date("2026-06-22T12:00:00Z");

const smoke = [{ name: "smoke", result: "passed", url: "https://ci.example.com/1" }];
const published = (runtime: string, change: Record<string, unknown> = {}) => ({
    repository: `ghcr.io/genbrain/${runtime}`,
    digest: NEW,
    gitSha: "19f3175",
    publishedAt: "2026-06-21T10:00:00Z",
    evidence: smoke,
    ...change,
});
const pin = (runtime: string, change: Record<string, unknown> = {}) => ({
    image: `ghcr.io/genbrain/${runtime}@${OLD}`,
    release: "v0.3.42",
    promotedAt: "2026-06-18T02:52:59Z",
    ...change,
});

function environment(
    pins: Record<string, unknown>,
    promotion: Record<string, unknown> = {},
    name = "prod",
): Environment {
    return { name, config: platformConfigSchema.parse({ kubeContext: "x", runtimes: pins, promotion }) };
}

function state(change: Partial<EnvironmentState> = {}): EnvironmentState {
    return {
        environment: environment({
            "claude-code": pin("claude-code"),
            "platform-agent": pin("platform-agent"),
        }),
        soakEnvironment: undefined,
        vetoes: { byDigest: new Map(), problems: [] },
        deployed: undefined,
        ...change,
    };
}

function request(
    runtimes: Record<string, unknown> = {
        "claude-code": published("claude-code"),
        "platform-agent": published("platform-agent"),
    },
    change: Partial<PromotionRequest> = {},
): PromotionRequest {
    const { release, named, problems } = parseRelease(
        { schemaVersion: 1, release: "v0.3.43", runtimes },
        "release.json",
    );
    assert.ok(release !== undefined);
    assert.deepEqual(problems, []);
    return { release, named, now: NOW, ...change };
}

const actions = (...args: Parameters<typeof planPromotion>) =>
    Object.fromEntries(planPromotion(...args).runtimes.map(({ runtime, action }) => [runtime, action]));
const problems = (...args: Parameters<typeof planPromotion>) =>
    planPromotion(...args).problems.map(({ check, runtime, message }) => ({ check, runtime, message }));
const checks = (...args: Parameters<typeof planPromotion>) =>
    problems(...args).map(({ check, runtime }) => `${check}${runtime === undefined ? "" : ` ${runtime}`}`);

function deployed(images: Record<string, { digest: string; promotedAt?: string }>): RuntimeImages {
    return new Map(
        Object.entries(images).map(([runtime, { digest, ...rest }]) => {
            const parsed = parseImageReference(`ghcr.io/genbrain/${runtime}@${digest}`);
            assert.ok(parsed.ok);
            return [runtime, { image: withDigest(parsed.reference), release: "x", ...rest }];
        }),
    );
}

describe("planPromotion", () => {
    it("promotes every runtime of the release", () => {
        assert.deepEqual(actions(request(), state()), {
            "claude-code": "promote",
            "platform-agent": "promote",
        });
        assert.deepEqual(problems(request(), state()), []);
    });

    it("says already-current of what is pinned to the digest, whatever its tag", () => {
        const pins = {
            "claude-code": pin("claude-code", { image: `ghcr.io/genbrain/claude-code:sha-1234567@${NEW}` }),
            "platform-agent": pin("platform-agent"),
        };
        assert.deepEqual(actions(request(), state({ environment: environment(pins) })), {
            "claude-code": "already-current",
            "platform-agent": "promote",
        });
    });

    it("finishes an interrupted promotion: pinned, and not deployed", () => {
        const pins = { "claude-code": pin("claude-code", { image: `ghcr.io/genbrain/claude-code@${NEW}` }) };
        const only = request({ "claude-code": published("claude-code") });
        const at = (digest: string) =>
            state({ environment: environment(pins), deployed: deployed({ "claude-code": { digest } }) });
        assert.deepEqual(actions(only, at(OLD)), { "claude-code": "deploy" });
        assert.deepEqual(actions(only, at(NEW)), { "claude-code": "already-current" });
    });

    it("finishes an interrupted promotion: deployed, and not announced to the control plane", () => {
        const controlPlane = { url: "https://cp.example.com" };
        const only = request({ "claude-code": published("claude-code") });
        const at = (announcedAt?: string) => {
            const image = `ghcr.io/genbrain/claude-code@${NEW}`;
            const pins = { "claude-code": pin("claude-code", { image, announcedAt }) };
            return state({ environment: environment(pins, { controlPlane }) });
        };
        assert.deepEqual(actions(only, at()), { "claude-code": "deploy" });
        assert.deepEqual(actions(only, at("2026-06-21T00:00:00Z")), { "claude-code": "already-current" });
    });

    describe("a runtime of the environment that the release does not cover", () => {
        const partial = { "claude-code": published("claude-code") };

        it("is refused, and named", () => {
            assert.deepEqual(checks(request(partial), state()), ["coverage platform-agent"]);
        });
        it("is left behind with a reason, and with --runtime", () => {
            const expected = { "claude-code": "promote", "platform-agent": "left-behind" };
            assert.deepEqual(actions(request(partial, { partial: "not built" }), state()), expected);
            assert.deepEqual(problems(request(partial, { partial: "not built" }), state()), []);
            assert.deepEqual(actions(request(undefined, { only: ["claude-code"] }), state()), expected);
            assert.deepEqual(problems(request(undefined, { only: ["claude-code"] }), state()), []);
        });
        it("is refused when --runtime asks for it", () => {
            assert.deepEqual(checks(request(partial, { only: ["platform-agent"] }), state()), [
                "coverage platform-agent",
            ]);
        });
    });

    describe("a runtime that the environment does not have", () => {
        const both = request({ "claude-code": published("claude-code"), voice: published("voice") });
        const pins = { "claude-code": pin("claude-code") };

        it("is refused until its repositories are listed", () => {
            assert.deepEqual(checks(both, state({ environment: environment(pins) })), ["config voice"]);
            const repositories = { voice: ["ghcr.io/genbrain/voice"] };
            assert.deepEqual(actions(both, state({ environment: environment(pins, { repositories }) })), {
                "claude-code": "promote",
                voice: "promote",
            });
        });
    });

    it("refuses a repository other than the pin's, or than those that are listed", () => {
        const foreign = request({
            "claude-code": published("claude-code", { repository: "ghcr.io/genbrain/claude-code-evil" }),
            "platform-agent": published("platform-agent"),
        });
        assert.deepEqual(checks(foreign, state()), ["repository claude-code"]);
        const repositories = { "claude-code": ["ghcr.io/genbrain/claude-code-evil"] };
        const pins = { "claude-code": pin("claude-code"), "platform-agent": pin("platform-agent") };
        assert.deepEqual(checks(foreign, state({ environment: environment(pins, { repositories }) })), []);
        assert.deepEqual(checks(request(), state({ environment: environment(pins, { repositories }) })), [
            "repository claude-code",
        ]);
    });

    it("refuses evidence that is missing or failed, and asks only for what the environment requires", () => {
        const runtimes = {
            "claude-code": published("claude-code", { evidence: [] }),
            "platform-agent": published("platform-agent", {
                evidence: [...smoke, { name: "scan", result: "failed", digest: OTHER }],
            }),
        };
        assert.deepEqual(checks(request(runtimes), state()), [
            "evidence claude-code",
            "evidence platform-agent",
        ]);
        const pins = { "claude-code": pin("claude-code"), "platform-agent": pin("platform-agent") };
        const lax = state({ environment: environment(pins, { requiredEvidence: [] }) });
        assert.deepEqual(checks(request(runtimes), lax), ["evidence platform-agent"]);
    });

    it("refuses a vetoed digest, with who vetoed it and why", () => {
        const veto = { digest: NEW, reason: "leaks memory", by: "ann", at: "2026-06-22T00:00:00Z" };
        const vetoed = state({ vetoes: { byDigest: new Map([[NEW, veto]]), problems: [] } });
        assert.deepEqual(checks(request(), vetoed), ["veto claude-code", "veto platform-agent"]);
        assert.match(problems(request(), vetoed)[0]?.message ?? "", /vetoed by ann at .*: leaks memory/);
    });

    it("refuses a release that was published before the pinned one, unless the glass is broken", () => {
        const pins = {
            "claude-code": pin("claude-code", { publishedAt: "2026-06-22T00:00:00Z" }),
            "platform-agent": pin("platform-agent", { publishedAt: "2026-06-20T00:00:00Z" }),
        };
        const at = state({ environment: environment(pins) });
        assert.deepEqual(checks(request(), at), ["order claude-code"]);
        assert.deepEqual(checks(request(undefined, { breakGlass: "the newer one burns" }), at), []);
    });

    it("refuses a pin that follows a live Deployment", () => {
        const pins = { "claude-code": { fromDeployment: {} }, "platform-agent": pin("platform-agent") };
        assert.deepEqual(checks(request(), state({ environment: environment(pins) })), [
            "config claude-code",
        ]);
    });

    describe("a hold", () => {
        const hold = {
            reason: "crashes",
            by: "ann",
            since: "2026-06-20T00:00:00Z",
            badImage: `ghcr.io/genbrain/claude-code@${OTHER}`,
            badPublishedAt: "2026-06-19T00:00:00Z",
        };
        const held = (promotion: Record<string, unknown>, change: Record<string, unknown> = {}) =>
            state({
                environment: environment(
                    { "claude-code": pin("claude-code", { hold: { ...hold, ...change } }) },
                    promotion,
                ),
            });
        const only = request({ "claude-code": published("claude-code") });

        it("refuses every promotion", () => {
            assert.deepEqual(checks(only, held({})), ["hold claude-code"]);
            assert.match(
                problems(only, held({}))[0]?.message ?? "",
                /held by ann .*fleet release-hold --env prod/,
            );
        });
        it("is ended by a newer release where the environment says so", () => {
            assert.deepEqual(checks(only, held({ automaticHoldRelease: true })), []);
        });
        it("is not ended by an older one, nor by the bad one itself", () => {
            const automatic = { automaticHoldRelease: true };
            assert.deepEqual(checks(only, held(automatic, { badPublishedAt: "2026-06-21T11:00:00Z" })), [
                "hold claude-code",
            ]);
            const same = {
                badImage: `ghcr.io/genbrain/claude-code@${NEW}`,
                badPublishedAt: "2026-06-01T00:00:00Z",
            };
            assert.deepEqual(checks(only, held(automatic, same)), ["hold claude-code"]);
        });
        it("is not passed by breaking the glass", () => {
            assert.deepEqual(checks({ ...only, breakGlass: "now" }, held({})), ["hold claude-code"]);
        });
    });

    describe("the soak time", () => {
        const only = request({ "claude-code": published("claude-code") });
        const soak = { environment: "staging", hours: 24 };
        const at = (staging: Record<string, unknown> | undefined) =>
            state({
                environment: environment({ "claude-code": pin("claude-code") }, { soak }),
                soakEnvironment:
                    staging === undefined
                        ? undefined
                        : environment({ "claude-code": staging }, {}, "staging"),
            });
        const inStaging = (promotedAt: string, change: Record<string, unknown> = {}) =>
            pin("claude-code", { image: `ghcr.io/genbrain/claude-code@${NEW}`, promotedAt, ...change });

        it("is met by a digest that was there long enough", () => {
            assert.deepEqual(checks(only, at(inStaging("2026-06-21T11:00:00Z"))), []);
        });
        it("is met by one that was there long enough before it was replaced", () => {
            const history = [inStaging("2026-06-20T00:00:00Z")];
            assert.deepEqual(
                checks(only, at(pin("claude-code", { promotedAt: "2026-06-21T00:00:00Z", history }))),
                [],
            );
            const brief = [inStaging("2026-06-20T23:00:00Z")];
            assert.deepEqual(
                checks(only, at(pin("claude-code", { promotedAt: "2026-06-21T00:00:00Z", history: brief }))),
                ["soak claude-code"],
            );
        });
        it("is refused with what is left of it", () => {
            const [problem] = problems(only, at(inStaging("2026-06-22T02:00:00Z")));
            assert.match(problem?.message ?? "", /in staging for 10 h; expected 24 h: wait 14 h more/);
        });
        it("is not met by a digest that was never there, or was rolled back there, nor without the file", () => {
            const hold = {
                reason: "crashes",
                by: "ann",
                since: "2026-06-22T00:00:00Z",
                badImage: `ghcr.io/genbrain/claude-code@${NEW}`,
            };
            const history = [inStaging("2026-06-20T00:00:00Z")];
            const rolledBack = pin("claude-code", { promotedAt: "2026-06-22T00:00:00Z", hold, history });
            for (const staging of [pin("claude-code"), rolledBack, undefined]) {
                assert.deepEqual(checks(only, at(staging)), ["soak claude-code"]);
            }
        });
        it("is passed by breaking the glass", () => {
            assert.deepEqual(checks({ ...only, breakGlass: "outage" }, at(pin("claude-code"))), []);
        });
    });

    describe("a freeze window", () => {
        const freeze = [
            {
                rrule: "FREQ=WEEKLY;BYDAY=FR;BYHOUR=15;BYMINUTE=0;BYSECOND=0",
                duration: "P2DT15H",
                timezone: "Europe/Berlin",
                reason: "weekend",
            },
        ];
        const pins = { "claude-code": pin("claude-code"), "platform-agent": pin("platform-agent") };
        const frozen = state({ environment: environment(pins, { freeze }) });
        const saturday = { now: new Date("2026-06-20T12:00:00Z") };

        it("refuses what would change something, and says until when", () => {
            const found = problems(request(undefined, saturday), frozen);
            assert.deepEqual(
                found.map(({ check }) => check),
                ["freeze"],
            );
            assert.match(found[0]?.message ?? "", /until 2026-06-22T06:00:00\+02:00: weekend/);
        });
        it("lets pass outside it, with broken glass, and where nothing would change", () => {
            assert.deepEqual(checks(request(), frozen), [], "Monday");
            assert.deepEqual(checks(request(undefined, { ...saturday, breakGlass: "outage" }), frozen), []);
            const current = {
                "claude-code": pin("claude-code", { image: `ghcr.io/genbrain/claude-code@${NEW}` }),
            };
            const only = request({ "claude-code": published("claude-code") }, saturday);
            assert.deepEqual(checks(only, state({ environment: environment(current, { freeze }) })), []);
        });
    });

    describe("a deployed pin that the checkout does not know", () => {
        const later = "2026-06-20T00:00:00Z";

        it("is refused when it is newer, also for a runtime that is not promoted", () => {
            const live = deployed({ "platform-agent": { digest: OTHER, promotedAt: later } });
            const found = problems(request(undefined, { only: ["claude-code"] }), state({ deployed: live }));
            assert.deepEqual(
                found.map(({ check }) => check),
                ["deployed"],
            );
            assert.match(found[0]?.message ?? "", /"git pull" first/);
        });
        it("is no obstacle when it is older, has no time, or is this very release", () => {
            for (const one of [
                { digest: OTHER, promotedAt: "2026-06-01T00:00:00Z" },
                { digest: OTHER },
                { digest: NEW, promotedAt: later },
                { digest: OLD, promotedAt: later },
            ]) {
                assert.deepEqual(
                    checks(request(), state({ deployed: deployed({ "claude-code": one }) })),
                    [],
                );
            }
        });
    });
});
