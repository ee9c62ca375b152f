import assert from "node:assert/strict";
import { findFreeze, freezeWindowSchema } from "../../../config/freezeWindow";

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

    it("is there on the day on which the change of the clocks skips its time", () => {
        const nightly = {
            rrule: "FREQ=DAILY",
            start: "2026-01-01T02:30:00",
            duration: "PT30M",
        };
        const bySetting = { rrule: "FREQ=DAILY;BYHOUR=2;BYMINUTE=30;BYSECOND=0", duration: "PT30M" };
        for (const window of [nightly, bySetting]) {
            assert.equal(
                until("2026-03-28T01:45:00Z", window),
                "2026-03-28T03:00:00+01:00",
                "the day before",
            );
            // Clocks go from 02:00 to 03:00 on 2026-03-29; 02:30 by the old clock is 03:30 by the new one.
            assert.equal(until("2026-03-29T01:29:59Z", window), undefined);
            assert.equal(until("2026-03-29T01:30:00Z", window), "2026-03-29T04:00:00+02:00");
            assert.equal(until("2026-03-29T02:00:00Z", window), undefined);
            assert.equal(until("2026-03-30T00:30:00Z", window), "2026-03-30T03:00:00+02:00", "the day after");
        }
    });

    it("is closed at both of the times that the change of the clocks gives it", () => {
        const nightly = { rrule: "FREQ=DAILY", start: "2026-01-01T02:30:00", duration: "PT15M" };
        // Clocks go from 03:00 to 02:00 on 2026-10-25: 02:30 is at 00:30 and at 01:30 UTC.
        assert.equal(until("2026-10-25T00:29:59Z", nightly), undefined);
        assert.equal(until("2026-10-25T00:30:00Z", nightly), "2026-10-25T02:45:00+01:00");
        assert.equal(until("2026-10-25T01:35:00Z", nightly), "2026-10-25T02:45:00+01:00");
        assert.equal(until("2026-10-25T01:45:00Z", nightly), undefined);
        assert.equal(until("2026-10-26T01:35:00Z", nightly), "2026-10-26T02:45:00+01:00");
    });

    it("is read alike whatever zone the machine is in, and ends by its rule's UNTIL in UTC", () => {
        const rule = {
            rrule: "FREQ=DAILY;UNTIL=20260620T003000Z",
            start: "2026-01-01T02:30:00",
            duration: "PT1H",
        };
        assert.equal(until("2026-06-20T00:45:00Z", rule), "2026-06-20T03:30:00+02:00");
        assert.equal(until("2026-06-21T00:45:00Z", rule), undefined);
        const west = {
            rrule: "FREQ=DAILY",
            start: "2026-01-01T23:00:00",
            duration: "PT1H",
            timezone: "America/Los_Angeles",
        };
        assert.equal(until("2026-06-20T06:30:00Z", west), "2026-06-20T00:00:00-07:00");
        const east = { ...west, timezone: "Pacific/Kiritimati" };
        assert.equal(until("2026-06-20T09:30:00Z", east), "2026-06-21T00:00:00+14:00");
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
        ["a duration of nothing", { duration: "PT0H" }],
        ["a duration of nothing in two units", { duration: "P0DT0M" }],
        ["a rule that is none", { rrule: "every friday" }],
        ["an unquoted start that the engine rewrote", { start: "2026-01-01 15:00:00 +0000 UTC" }],
    ] as const) {
        it(`is refused by the schema with ${what}`, () => {
            assert.throws(() => window(change));
        });
    }
});
