import assert from "node:assert/strict";
import { findFreeze } from "../../../pins/freezeWindow";
import { freezeWindowSchema } from "../../../platform/promotionConfig";

const window = (change: Record<string, unknown>) =>
    freezeWindowSchema.parse({
        rrule: "FREQ=WEEKLY;BYDAY=FR;BYHOUR=15;BYMINUTE=0;BYSECOND=0",
        duration: "P2DT15H",
        timezone: "Europe/Berlin",
        reason: "weekend",
        ...change,
    });
const until = (now: string, ...changes: Record<string, unknown>[]) =>
    findFreeze(changes.map(window), new Date(now))?.until;

describe("a freeze window", () => {
    it("closes and opens at the local time of its zone", () => {
        assert.equal(until("2026-06-19T12:59:59Z", {}), undefined);
        assert.equal(until("2026-06-19T13:00:00Z", {}), "2026-06-22T06:00:00+02:00");
        assert.equal(until("2026-06-22T03:59:59Z", {}), "2026-06-22T06:00:00+02:00");
        assert.equal(until("2026-06-22T04:00:00Z", {}), undefined);
    });

    it("follows its zone over a change of the clocks", () => {
        // Clocks go back on 2026-10-25: Friday 15:00 is at +02:00, Monday 06:00 at +01:00.
        assert.equal(until("2026-10-26T04:30:00Z", {}), "2026-10-26T06:00:00+01:00");
        assert.equal(until("2026-10-26T05:00:00Z", {}), undefined);
    });

    it("takes the time of day from its start where the rule has none", () => {
        const yearly = {
            rrule: "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24",
            start: "2020-12-24T12:00:00",
            duration: "P8D",
        };
        assert.equal(until("2026-12-24T10:59:00Z", yearly), undefined);
        assert.equal(until("2026-12-31T10:00:00Z", yearly), "2027-01-01T12:00:00+01:00");
    });

    it("of several that are closed, is the one that opens last", () => {
        assert.equal(
            until("2026-06-20T12:00:00Z", { duration: "P1D", reason: "short" }, {}),
            "2026-06-22T06:00:00+02:00",
        );
    });

    it("does not close before its start, nor after its last", () => {
        assert.equal(until("2026-06-20T12:00:00Z", { start: "2026-06-21T00:00:00" }), undefined);
        assert.equal(
            until("2026-06-20T12:00:00Z", {
                rrule: "FREQ=WEEKLY;BYDAY=FR;BYHOUR=15;BYMINUTE=0;BYSECOND=0;COUNT=1",
                start: "2026-06-01T00:00:00",
            }),
            undefined,
        );
    });

    it("that cannot be evaluated is an error that quotes the rule, not an open window", () => {
        assert.throws(
            () => until("2026-06-20T12:00:00Z", { rrule: "FREQ=WEEKLY;BYDAY=XX" }),
            /"FREQ=WEEKLY;BYDAY=XX"/,
        );
    });

    for (const [what, change] of [
        ["a time zone that does not exist", { timezone: "Mars/Olympus" }],
        ["a duration that is none", { duration: "P" }],
        ["a duration without its T", { duration: "P9H" }],
        ["a rule that is none", { rrule: "every friday" }],
        ["an unquoted start that the engine rewrote", { start: "2026-01-01 15:00:00 +0000 UTC" }],
    ] as const) {
        it(`is refused by the schema with ${what}`, () => {
            assert.throws(() => window(change));
        });
    }
});
