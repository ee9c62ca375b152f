import { printable } from "../../lib/text/printable";
import { detailLines } from "../formatFinding";
import type { CheckReport } from "./checkReport";
import type { Result } from "./checkObjects";

const HEAD = ["LEVEL", "POLICY", "OBJECT", "WHERE"] as const;

/** A report for a terminal: a row for each finding with its reason and fix below, then the totals. */
export function formatTable({ results, objects, problems, notes }: CheckReport): string {
    const rows = results.map(
        (result) => [result.level, result.rule.name, result.object, whereIs(result)] as const,
    );
    const widths = HEAD.slice(0, -1).map((title, column) =>
        Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
    );
    const line = (cells: readonly string[]) =>
        cells
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join("  ")
            .trimEnd();
    const lines: string[] = [];
    if (results.length > 0) {
        lines.push(line(HEAD));
    }
    results.forEach((result, index) => {
        const details = [result.finding.summary, ...detailLines(result.finding, ["parts", "why", "fix"])];
        lines.push(line(rows[index] ?? []), ...details.map((detail) => `    ${detail}`));
    });
    if (results.length > 0) {
        lines.push("");
    }
    lines.push(...notes.map((note) => `note: ${note}`));
    lines.push(...problems.map((problem) => `not checked: ${problem}`));
    lines.push(totals({ results, objects, problems, notes }));
    return printable(`${lines.join("\n")}\n`);
}

/** One sentence with the numbers of a run. */
export function totals({ results, objects, problems }: CheckReport): string {
    const count = (level: Result["level"]) => results.filter((result) => result.level === level).length;
    const parts = [
        `${objects} ${objects === 1 ? "object" : "objects"} checked`,
        `${count("mandatory")} mandatory`,
        `${count("advisory")} advisory`,
    ];
    const unknown = count("unknown");
    if (unknown > 0) {
        parts.push(`${unknown} unknown`);
    }
    if (problems.length > 0) {
        parts.push(`${problems.length} not checked`);
    }
    return `${parts.join(", ")}.`;
}

function whereIs({ source, origin, finding }: Result): string {
    const place = source === undefined ? origin : `${source.file}:${source.line}`;
    return finding.path === undefined ? place : `${place}  ${finding.path}`;
}
