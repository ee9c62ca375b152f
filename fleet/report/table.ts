import type { FleetReport } from "../stale/fleetReport";
import { isFine } from "../stale/statuses";
import { COLUMNS, countsLine, describeCells, describeNotes } from "./describeRow";
import { formatColumns, wrap } from "../../lib/text/columns";

/** Columns of a terminal that nobody has to widen. */
export const TABLE_WIDTH = 100;

const HEADERS = COLUMNS.map((name) => name.toUpperCase());

/**
 * The report for a terminal: a row per agent, the worst first, with what is to be known of it below, and the counts last.
 * No line is longer than {@link TABLE_WIDTH}.
 *
 * @param all whether to list the agents that need nobody too
 */
export function formatTable(report: FleetReport, all = true): string {
    const rows = report.rows.filter(({ status }) => all || !isFine(status));
    const lines = formatColumns([HEADERS, ...rows.map(describeCells)], TABLE_WIDTH);
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
