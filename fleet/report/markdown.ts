import type { FleetReport } from "../stale/fleetReport";
import { isFine } from "../stale/statuses";
import { countsLine, describeLag, describeNotes, describeRuns, describeTarget } from "./describeRow";

/** Rows that a comment on a pull request can hold; the API of the common hosts takes about 65,000 characters. */
const MAX_ROWS = 200;

/** The report for a pull request: a table of the agents that need somebody, with the others only counted. */
export function formatMarkdown(report: FleetReport): string {
    const rows = report.rows.filter(({ status }) => !isFine(status));
    const shown = rows.slice(0, MAX_ROWS);
    const lines = [
        `### Fleet ${escapeCell(report.stacks.join(", "))}: ${rows.length === 0 ? "every agent is on its image" : `${rows.length} of ${report.rows.length} agents need attention`}`,
        "",
    ];
    if (shown.length > 0) {
        lines.push(
            "| status | org | agent | runtime | runs | should run | behind | notes |",
            "|---|---|---|---|---|---|---|---|",
        );
        for (const row of shown) {
            const cells = [
                row.status,
                row.org,
                row.agent ?? "-",
                row.runtime ?? "?",
                describeRuns(row),
                describeTarget(row),
                describeLag(row.behind),
                describeNotes(row).join("; "),
            ];
            lines.push(`| ${cells.map(escapeCell).join(" | ")} |`);
        }
        if (rows.length > shown.length) {
            lines.push("", `${rows.length - shown.length} more are not listed.`);
        }
        lines.push("");
    }
    for (const { message } of report.gaps) {
        lines.push(`> ${escapeCell(message)}`, "");
    }
    lines.push(`\`${countsLine(report)}\``);
    return lines.join("\n");
}

/** Foreign text stays text: no cell ends early, no mention, link, image or HTML comes out of an org's name or a pod's message. */
function escapeCell(text: string): string {
    return text
        .replace(/\s+/g, " ")
        .replace(/&/g, "&amp;")
        .replace(/</g, "&lt;")
        .replace(/([\\`*_[\]|~#!])/g, "\\$1")
        .replace(/@(?=[A-Za-z])/g, "@\u200b");
}
