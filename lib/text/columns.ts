import { printableLine } from "./printable";

const GAP = "  ";
const ELLIPSIS = "…";

/** A column is never made narrower than this. */
const MIN_WIDTH = 6;

/**
 * Lays out rows of cells as columns: as wide as their longest cell, and where that is more than `width` in all, the widest
 * ones shortened. The first column is never shortened.
 */
export function formatColumns(rows: readonly (readonly string[])[], width: number): string[] {
    const clean = rows.map((row) => row.map(printableLine));
    const columns = Math.max(0, ...clean.map(({ length }) => length));
    const widths = Array.from({ length: columns }, (_, column) =>
        Math.max(...clean.map((row) => (row[column] ?? "").length)),
    );
    const room = width - GAP.length * (columns - 1);
    while (widths.reduce((sum, each) => sum + each, 0) > room) {
        const widest = widths.reduce(
            (found, each, column) => (column > 0 && each > (widths[found] ?? 0) ? column : found),
            columns > 1 ? 1 : 0,
        );
        if ((widths[widest] ?? 0) <= MIN_WIDTH) {
            break;
        }
        widths[widest] = (widths[widest] ?? 0) - 1;
    }
    return clean.map((row) =>
        row
            .map((cell, column) => shorten(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0))
            .join(GAP)
            .trimEnd(),
    );
}

/** Breaks a sentence at spaces into lines of at most `width`; a word that is longer is broken where it must be. */
export function wrap(text: string, width: number, first: string, next: string): string[] {
    const lines: string[] = [];
    let line = first;
    let empty = true;
    for (const word of printableLine(text).split(" ")) {
        let rest = word;
        if (!empty && line.length + 1 + rest.length > width) {
            lines.push(line);
            line = next;
            empty = true;
        }
        while (rest.length > width - line.length - (empty ? 0 : 1)) {
            const room = width - line.length - (empty ? 0 : 1);
            lines.push(`${line}${empty ? "" : " "}${rest.slice(0, room)}`);
            rest = rest.slice(room);
            line = next;
            empty = true;
        }
        line += `${empty ? "" : " "}${rest}`;
        empty = false;
    }
    return [...lines, line];
}

function shorten(text: string, width: number): string {
    return text.length <= width ? text : text.slice(0, Math.max(0, width - 1)) + ELLIPSIS;
}
