import assert from "node:assert/strict";
import fc from "fast-check";
import { describeIssues } from "../../../lib/text/describeIssues";
import { imageOverrideSchema, isExpired } from "../../../images/imageOverride";
import { DIGEST_A } from "../../support/sampleImages";

const GOOD = {
    image: `ghcr.io/a/b@${DIGEST_A}`,
    owner: "support",
    reason: "Ticket 4711",
    expires: "2026-12-31",
};

function problemsOf(value: unknown): string[] {
    const parsed = imageOverrideSchema.safeParse(value);
    return parsed.success ? [] : describeIssues(parsed.error, value);
}

describe("imageOverrideSchema", () => {
    for (const image of [`ghcr.io/a/b@${DIGEST_A}`, "ghcr.io/a/b:sha-19f3175", `b:latest@${DIGEST_A}`]) {
        it(`accepts "${image}"`, () => {
            assert.deepEqual(problemsOf({ ...GOOD, image }), []);
        });
    }

    const refused: [string, object, RegExp][] = [
        [
            "a mutable tag",
            { image: "ghcr.io/a/b:latest" },
            /^image: "ghcr.io\/a\/b:latest": the tag "latest" can be moved/,
        ],
        [
            "no tag",
            { image: "ghcr.io/a/b" },
            /^image: "ghcr.io\/a\/b": it has no tag, so it means ":latest"; expected a digest/,
        ],
        ["text that is no reference", { image: "a b" }, /^image: "a b": it has white space/],
        ["no owner", { owner: "" }, /^owner: "": expected who answers/],
        ["no reason", { reason: "" }, /^reason: "": expected why/],
        ["no expiry", { expires: undefined }, /^expires: nothing: expected a date, "YYYY-MM-DD"/],
        ["a time for a date", { expires: "2026-12-31T00:00:00Z" }, /^expires: .*expected a date/],
        ["a day that does not exist", { expires: "2026-02-30" }, /^expires: "2026-02-30": expected a date/],
        ["an unknown key", { until: "2027-01-01" }, /^until: unknown key "until"$/],
    ];
    for (const [what, change, message] of refused) {
        it(`refuses ${what}`, () => {
            const problems = problemsOf({ ...GOOD, ...change });
            assert.equal(problems.length, 1);
            assert.match(problems[0] ?? "", message);
        });
    }

    it("reports all problems of one override together", () => {
        assert.equal(problemsOf({ image: "x", owner: "", reason: "", expires: "soon" }).length, 4);
    });
});

describe("isExpired", () => {
    const table: [string, string, boolean][] = [
        ["2026-12-31", "2026-12-30T12:00:00Z", false],
        ["2026-12-31", "2026-12-31T00:00:00Z", false],
        ["2026-12-31", "2026-12-31T23:59:59.999Z", false],
        ["2026-12-31", "2027-01-01T00:00:00Z", true],
        // The day is UTC's, wherever the program runs.
        ["2026-12-31", "2027-01-01T09:00:00+10:00", false],
        ["2026-12-31", "2026-12-31T19:00:00-05:00", true],
        ["2024-02-29", "2024-03-01T00:00:00Z", true],
    ];
    for (const [expires, now, expected] of table) {
        it(`${expected ? "is" : "is not"} so for ${expires} at ${now}`, () => {
            assert.equal(isExpired({ expires }, new Date(now)), expected);
        });
    }

    it("never lapses before its last day has ended, and never comes back", () => {
        const day = fc.date({
            min: new Date("2000-01-01"),
            max: new Date("2099-12-31"),
            noInvalidDate: true,
        });
        fc.assert(
            fc.property(day, day, (last, now) => {
                const expires = last.toISOString().slice(0, 10);
                const end = Date.parse(`${expires}T23:59:59.999Z`);
                assert.equal(isExpired({ expires }, now), now.getTime() > end);
            }),
        );
    });
});
