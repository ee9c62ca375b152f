import assert from "node:assert/strict";
import type { FleetReport } from "../../../../fleet/stale/fleetReport";
import { exitCodeOf } from "../../../../fleet/stale/runStale";
import { compare } from "../../../support/fleetFacts";
import { type FleetStatus, STATUSES, countStatuses } from "../../../../fleet/stale/statuses";

describe("the exit code of fleet stale", () => {
    const report = (status: FleetStatus, serious?: boolean): FleetReport => {
        const compared = compare({});
        return {
            ...compared,
            rows: compared.rows.map((row) => ({ ...row, status })),
            gaps: serious === undefined ? [] : [{ message: "the cluster was not compared", serious }],
        };
    };

    it("is 0 for what needs nobody, 2 for what is not known, 1 for everything else", () => {
        const others = { current: 0, held: 0, unknown: 2 } as Partial<Record<FleetStatus, number>>;
        for (const status of STATUSES) {
            assert.equal(exitCodeOf(report(status)), others[status] ?? 1, status);
        }
    });

    it("is 2 when nothing wrong was found but a source was missing, unless it was left out on purpose", () => {
        assert.equal(exitCodeOf(report("current", true)), 2);
        assert.equal(exitCodeOf(report("current", false)), 0);
        assert.equal(exitCodeOf(report("stale", true)), 1);
    });

    it("has a count for every status", () => {
        assert.deepEqual(Object.keys(countStatuses([])), [...STATUSES]);
    });
});
