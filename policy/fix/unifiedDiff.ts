import { lineFinder } from "../check/lines";
import { type Edit, applyEdits } from "./edit";

/** Lines around a change. */
const CONTEXT = 3;

/**
 * What edits do to a file, as `patch -p1` and `git apply` read it.
 *
 * @param file Its path, relative to where the diff is applied.
 */
export function unifiedDiff(file: string, text: string, edits: readonly Edit[]): string {
    const lines = text.split(/(?<=\n)/);
    const lineAt = lineFinder(text);
    const changed = Map.groupBy(edits, ({ start }) => lineAt(start) - 1);
    const starts = new Map<number, number>();
    let length = 0;
    lines.forEach((line, index) => {
        starts.set(index, length);
        length += line.length;
    });
    const newLines = (index: number): string[] => {
        const start = starts.get(index) ?? 0;
        const own = (changed.get(index) ?? []).map((edit) => ({
            ...edit,
            start: edit.start - start,
            end: edit.end - start,
        }));
        return applyEdits(lines[index] ?? "", own).split(/(?<=\n)/);
    };
    let moved = 0;
    const hunks = groupNear([...changed.keys()].sort((a, b) => a - b)).map((indexes) => {
        const from = Math.max(0, (indexes[0] ?? 0) - CONTEXT);
        const to = Math.min(lines.length, (indexes.at(-1) ?? 0) + CONTEXT + 1);
        const body = lines.slice(from, to).flatMap((line, offset) => {
            const index = from + offset;
            return changed.has(index)
                ? [`-${line}`, ...newLines(index).map((each) => `+${each}`)]
                : [` ${line}`];
        });
        const count = body.filter((line) => !line.startsWith("-")).length;
        const header = `@@ -${from + 1},${to - from} +${from + 1 + moved},${count} @@\n`;
        moved += count - (to - from);
        return (
            header +
            body
                .map((line) => (line.endsWith("\n") ? line : `${line}\n\\ No newline at end of file\n`))
                .join("")
        );
    });
    return `--- a/${file}\n+++ b/${file}\n${hunks.join("")}`;
}

/** Lines whose surroundings touch, together. */
function groupNear(indexes: readonly number[]): number[][] {
    const groups: number[][] = [];
    for (const index of indexes) {
        const last = groups.at(-1);
        if (last !== undefined && index - (last.at(-1) ?? 0) <= 2 * CONTEXT) {
            last.push(index);
        } else {
            groups.push([index]);
        }
    }
    return groups;
}
