import type { FleetReport } from "../stale/fleetReport";

/** The report as JSON, by the schema that docs/fleet/stale.md describes. */
export function formatJson(report: FleetReport): string {
    return JSON.stringify(report, undefined, 2);
}
