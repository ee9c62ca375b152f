import assert from "node:assert/strict";
import type { EnvironmentState } from "../../../pins/promotion";
import {
    NEW,
    OLD,
    OTHER,
    actions,
    checks,
    deployed,
    environment,
    pin,
    problems,
    published,
    request,
    smoke,
    state,
} from "../../support/promotionPlan";

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
        const live = deployed({ "claude-code": { digest: NEW }, "platform-agent": { digest: OLD } });
        assert.deepEqual(actions(request(), state({ environment: environment(pins), deployed: live })), {
            "claude-code": "already-current",
            "platform-agent": "promote",
        });
    });

    it("says pinned, and not already-current, where nobody was asked what is deployed", () => {
        const pins = { "claude-code": pin("claude-code", { image: `ghcr.io/genbrain/claude-code@${NEW}` }) };
        const only = request({ "claude-code": published("claude-code") });
        assert.deepEqual(actions(only, state({ environment: environment(pins) })), {
            "claude-code": "pinned",
        });
    });

    it("deploys what is pinned on a stack that was never deployed: nothing is something else than unknown", () => {
        const pins = { "claude-code": pin("claude-code", { image: `ghcr.io/genbrain/claude-code@${NEW}` }) };
        const only = request({ "claude-code": published("claude-code") });
        const at = state({ environment: environment(pins), deployed: deployed({}) });
        assert.deepEqual(actions(only, at), { "claude-code": "deploy" });
    });

    it("deploys again what the cluster has not, whatever the stack says", () => {
        const pins = { "claude-code": pin("claude-code", { image: `ghcr.io/genbrain/claude-code@${NEW}` }) };
        const only = request({ "claude-code": published("claude-code") });
        const live = deployed({ "claude-code": { digest: NEW } });
        const off = [{ runtime: "claude-code", message: "agents/agent-cto: has another" }];
        const at = (change: Partial<EnvironmentState>) =>
            state({ environment: environment(pins), deployed: live, ...change });
        assert.deepEqual(actions(only, at({ off })), { "claude-code": "deploy" });
        assert.deepEqual(actions(only, at({ off: [] })), { "claude-code": "already-current" });
    });

    describe("a pin that was written by hand, and that the same update would deploy", () => {
        const by = { "claude-code": { digest: OLD }, "platform-agent": { digest: OTHER } };
        it("refuses a narrowed promotion of another runtime", () => {
            const found = problems(
                request(undefined, { only: ["claude-code"] }),
                state({ deployed: deployed(by) }),
            );
            assert.deepEqual(
                found.map(({ check, runtime }) => `${check} ${runtime ?? ""}`),
                ["others platform-agent"],
            );
            assert.match(
                found[0]?.message ?? "",
                /is ".*@sha256:a+", and the stack has deployed ".*@sha256:c+".*--runtime too/,
            );
        });
        it("refuses a partial one, and one on a stack that has not deployed the other runtime at all", () => {
            const one = request({ "claude-code": published("claude-code") }, { partial: "no build" });
            assert.deepEqual(checks(one, state({ deployed: deployed(by) })), ["others platform-agent"]);
            const none = deployed({ "claude-code": { digest: OLD } });
            assert.deepEqual(checks(one, state({ deployed: none })), ["others platform-agent"]);
        });
        it("does not refuse where the other pin is what is deployed", () => {
            const same = deployed({ "claude-code": { digest: OTHER }, "platform-agent": { digest: OLD } });
            assert.deepEqual(
                checks(request(undefined, { only: ["claude-code"] }), state({ deployed: same })),
                [],
            );
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
            return state({
                environment: environment(pins, { controlPlane }),
                deployed: deployed({ "claude-code": { digest: NEW } }),
            });
        };
        assert.deepEqual(actions(only, at()), { "claude-code": "announce" });
        assert.deepEqual(actions(only, at("2026-06-21T00:00:00Z")), { "claude-code": "already-current" });
        const again = { ...only, announceAgain: true };
        assert.deepEqual(actions(again, at("2026-06-22T00:00:00Z")), { "claude-code": "announce" });
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
        it("keeps its bad image out also when a newer release has ended it", () => {
            const bad = { ...hold, badImage: `ghcr.io/genbrain/claude-code@${NEW}` };
            const moved = (released?: unknown) => {
                const history = [pin("claude-code", { hold: { ...bad, released } })];
                const pins = { "claude-code": pin("claude-code", { history }) };
                return checks(only, state({ environment: environment(pins) }));
            };
            assert.deepEqual(moved(), ["hold claude-code"]);
            assert.deepEqual(moved({ by: "ann", at: "2026-06-21T00:00:00Z" }), [], "somebody has ended it");
        });
        it("is not passed by breaking the glass", () => {
            assert.deepEqual(checks({ ...only, breakGlass: "now" }, held({})), ["hold claude-code"]);
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
