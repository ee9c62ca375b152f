import type { FleetReport } from "../stale/fleetReport";
import { markdownTable, markdownText } from "../../lib/text/markdown";
import { isFine } from "../stale/statuses";
import { COLUMNS, countsLine, describeCells, describeNotes } from "./describeRow";

/** Rows that a comment on a pull request can hold; the API of the common hosts takes about 65,000 characters. */
const MAX_ROWS = 200;

/** The report for a pull request: a table of the agents that need somebody, with the others only counted. */
export function formatMarkdown(report: FleetReport): string {
    const rows = report.rows.filter(({ status }) => !isFine(status));
    const shown = rows.slice(0, MAX_ROWS);
    const lines = [
        `### Fleet ${markdownText(report.stacks.join(", "))}: ${rows.length === 0 ? "every agent is on its image" : `${rows.length} of ${report.rows.length} agents need attention`}`,
        "",
    ];
    if (shown.length > 0) {
        const cells = shown.map((row) => [...describeCells(row), describeNotes(row).join("; ")]);
        lines.push(...markdownTable([...COLUMNS, "notes"], cells));
        if (rows.length > shown.length) {
            lines.push("", `${rows.length - shown.length} more are not listed.`);
        }
        lines.push("");
    }
    for (const { message } of report.gaps) {
        lines.push(`> ${markdownText(message)}`, "");
    }
    lines.push(`\`${countsLine(report)}\``);
    return lines.join("\n");
}
