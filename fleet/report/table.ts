import type { FleetReport, FleetRow } from "../stale/fleetReport";
import { countsLine, describeLag, describeNotes, describeRuns, describeTarget } from "./describeRow";
import { formatColumns, wrap } from "../../lib/text/columns";

/** Columns of a terminal that nobody has to widen. */
export const TABLE_WIDTH = 100;

const HEADERS = ["STATUS", "ORG", "AGENT", "RUNTIME", "RUNS", "SHOULD RUN", "BEHIND"];

/**
 * The report for a terminal: a row per agent, the worst first, with what is to be known of it below, and the counts last.
 * No line is longer than {@link TABLE_WIDTH}.
 *
 * @param all whether to list the agents that need nobody too
 */
export function formatTable(report: FleetReport, all = true): string {
    const rows = all
        ? report.rows
        : report.rows.filter(({ status }) => status !== "current" && status !== "held");
    const lines = formatColumns([HEADERS, ...rows.map(cells)], TABLE_WIDTH);
    const text: string[] = rows.length === 0 ? [] : [lines[0] ?? ""];
    rows.forEach((row, index) => {
        text.push(lines[index + 1] ?? "");
        for (const note of describeNotes(row)) {
            text.push(...wrap(note, TABLE_WIDTH, "           - ", "             "));
        }
    });
    const gaps = report.gaps.flatMap(({ message }) => wrap(message, TABLE_WIDTH, "Note: ", "      "));
    return [...text, ...(text.length === 0 ? [] : [""]), ...gaps, countsLine(report)].join("\n");
}

function cells(row: FleetRow): readonly string[] {
    return [
        row.status,
        row.org,
        row.agent ?? "-",
        row.runtime ?? "?",
        describeRuns(row),
        describeTarget(row),
        describeLag(row.behind),
    ];
}
