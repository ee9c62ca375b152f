import assert from "node:assert/strict";
import {
    NEW,
    OLD,
    checks,
    deployed,
    environment,
    pin,
    problems,
    published,
    request,
    state,
} from "../../support/promotionPlan";

describe("the soak time", () => {
    const only = request({ "claude-code": published("claude-code") });
    const soak = { environment: "staging", hours: 24 };
    const at = (staging: Record<string, unknown> | undefined) =>
        state({
            environment: environment({ "claude-code": pin("claude-code") }, { soak }),
            soakEnvironment:
                staging === undefined ? undefined : environment({ "claude-code": staging }, {}, "staging"),
        });
    const inStaging = (promotedAt: string, change: Record<string, unknown> = {}) =>
        pin("claude-code", {
            image: `ghcr.io/genbrain/claude-code@${NEW}`,
            promotedAt,
            deployedAt: promotedAt,
            ...change,
        });

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
    it("is not met by a pin that was never deployed, and begins when one was", () => {
        const undeployed = inStaging("2026-06-20T00:00:00Z", { deployedAt: undefined });
        assert.match(
            problems(only, at(undeployed))[0]?.message ?? "",
            /nothing says that it was deployed there/,
        );
        const late = inStaging("2026-06-20T00:00:00Z", { deployedAt: "2026-06-22T02:00:00Z" });
        assert.match(problems(only, at(late))[0]?.message ?? "", /in staging for 10 h; expected 24 h/);
    });
    it("is met by a pin that the other environment's stack has deployed, as long as it is proven there", () => {
        const undeployed = at(inStaging("2026-06-20T00:00:00Z", { deployedAt: undefined }));
        const soakDeployed = deployed({ "claude-code": { digest: NEW } });
        assert.deepEqual(checks(only, { ...undeployed, soakDeployed }), []);
        const other = deployed({ "claude-code": { digest: OLD } });
        assert.deepEqual(checks(only, { ...undeployed, soakDeployed: other }), ["soak claude-code"]);
    });
    it("is not met by what was rolled back once, whatever came after", () => {
        const hold = {
            reason: "crashes",
            by: "ann",
            since: "2026-06-11T00:00:00Z",
            badImage: `ghcr.io/genbrain/claude-code@${NEW}`,
            released: { by: "ann", at: "2026-06-12T00:00:00Z" },
        };
        const history = [
            pin("claude-code", { promotedAt: "2026-06-11T00:00:00Z", hold }),
            inStaging("2026-06-10T00:00:00Z"),
        ];
        const again = at(inStaging("2026-06-13T00:00:00Z", { history }));
        assert.match(problems(only, again)[0]?.message ?? "", /was rolled back in staging: crashes/);
    });
    it("is passed by breaking the glass", () => {
        assert.deepEqual(checks({ ...only, breakGlass: "outage" }, at(pin("claude-code"))), []);
    });
});
