import { printable } from "../../lib/text/printable";
import { formatFinding } from "../formatFinding";
import type { CheckReport } from "./checkReport";
import { totals } from "./formatTable";

const COMMANDS = { mandatory: "error", advisory: "warning", unknown: "notice" } as const;

/**
 * A report as annotations of a GitHub workflow.
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function formatGithub(report: CheckReport): string {
    const lines = report.results.map(({ rule, level, finding, source }) => {
        const place = source === undefined ? "" : `file=${property(source.file)},line=${source.line},`;
        return `::${COMMANDS[level]} ${place}title=${property(rule.name)}::${data(formatFinding(finding))}`;
    });
    lines.push(...report.problems.map((problem) => `::error title=not checked::${data(problem)}`));
    lines.push(totals(report));
    return printable(`${lines.join("\n")}\n`);
}

/** Text after the `::`; an image's name is foreign and must not start a command of its own. */
function data(text: string): string {
    return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
    return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
