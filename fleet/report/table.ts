import type { FleetReport } from "../stale/fleetReport";
import { isFine } from "../stale/statuses";
import {
    COLUMNS,
    countsLine,
    describeCells,
    describeNotes,
    describeStackProof,
    describeStranded,
} from "./describeRow";
import { formatColumns, wrap } from "../../lib/text/columns";

/** Columns of a terminal that nobody has to widen. */
export const TABLE_WIDTH = 100;

const HEADERS = COLUMNS.map((name) => name.toUpperCase());

/** Stranded containers that are named; agents among them have rows of their own. */
const MAX_STRANDED = 20;

/**
 * The report for a terminal: a row per agent, the worst first, with what is to be known of it below, and the counts last.
 * No line is longer than {@link TABLE_WIDTH}.
 *
 * @param all whether to list the agents that need nobody too
 */
export function formatTable(report: FleetReport, all = true): string {
    // What is to be known of an agent is shown, also where nobody has to do anything.
    const rows = report.rows.filter(({ status, notes }) => all || !isFine(status) || notes.length > 0);
    const lines = formatColumns([HEADERS, ...rows.map(describeCells)], TABLE_WIDTH);
    const text: string[] = rows.length === 0 ? [] : [lines[0] ?? ""];
    rows.forEach((row, index) => {
        text.push(lines[index + 1] ?? "");
        for (const note of describeNotes(row)) {
            text.push(...wrap(note, TABLE_WIDTH, "           - ", "             "));
        }
    });
    const gaps = report.gaps.flatMap(({ message }) => wrap(message, TABLE_WIDTH, "Note: ", "      "));
    const section = (title: string, lines: readonly string[]) => {
        if (lines.length > 0) {
            const wrapped = lines.flatMap((line) => wrap(line, TABLE_WIDTH, "  - ", "    "));
            text.push(...(text.length === 0 ? [] : [""]), ...wrap(title, TABLE_WIDTH, "", "  "), ...wrapped);
        }
    };
    section("What the stacks' own agents have run:", report.proofs.flatMap(describeStackProof));
    const stranded = report.stranded.map(describeStranded);
    const more = stranded.splice(MAX_STRANDED).length;
    section(
        'Mutable images, which an image admission policy with "Deny" would keep from starting again:',
        more === 0 ? stranded : [...stranded, `and ${more} more, see --json`],
    );
    return [...text, ...(text.length === 0 ? [] : [""]), ...gaps, countsLine(report)].join("\n");
}
