import assert from "node:assert/strict";
import { untilSchema, whatForbids } from "../../../config/prohibition";

const NOW = new Date("2026-07-01T12:00:00Z");
const until = (end: string) => untilSchema.parse({ owner: "ann", reason: "an incident", until: end });
const FREEZE = {
    rrule: "FREQ=DAILY",
    start: "2026-01-01T11:00:00",
    duration: "PT2H",
    timezone: "UTC",
    reason: "lunch",
};

describe("whatForbids", () => {
    it("knows a pause until the end of its last day, or until its moment", () => {
        const forbids = (end: string) => whatForbids({ pause: until(end), freeze: [] }, NOW)?.why;
        assert.equal(forbids("2026-07-01"), "paused until 2026-07-01 by ann: an incident");
        assert.equal(forbids("2026-06-30"), undefined);
        assert.match(forbids("2026-07-01T14:00:01+02:00") ?? "", /^paused until/);
        assert.equal(forbids("2026-07-01T14:00:00+02:00"), undefined);
    });

    it("knows a freeze window, after a pause, and neither where the glass is broken and has not healed", () => {
        const freeze = [FREEZE];
        assert.deepEqual(whatForbids({ freeze }, NOW), {
            kind: "freeze",
            why: "frozen until 2026-07-01T13:00:00+00:00: lunch",
        });
        assert.equal(whatForbids({ freeze, pause: until("2026-07-02") }, NOW)?.kind, "pause");
        const both = { freeze, pause: until("2026-07-02") };
        assert.equal(whatForbids({ ...both, breakGlass: until("2026-07-01") }, NOW), undefined);
        assert.equal(whatForbids({ ...both, breakGlass: until("2026-06-30") }, NOW)?.kind, "pause");
    });
});
