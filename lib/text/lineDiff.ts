/** Lines around a change that are shown with it. */
const CONTEXT = 3;

/**
 * What changes in a file, as a unified diff with one hunk: from the first line that differs to the last. Empty where nothing does.
 *
 * @see https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
 */
export function lineDiff(file: string, before: string, after: string): string {
    const [old, now] = [before, after].map((text) => text.replace(/\n$/, "").split("\n")) as [
        string[],
        string[],
    ];
    const shortest = Math.min(old.length, now.length);
    let first = 0;
    while (first < shortest && old[first] === now[first]) {
        first++;
    }
    let same = 0;
    while (same < shortest - first && old.at(-1 - same) === now.at(-1 - same)) {
        same++;
    }
    const [removed, added] = [old, now].map((lines) => lines.slice(first, lines.length - same));
    if (removed?.length === 0 && added?.length === 0) {
        return "";
    }
    const begin = Math.max(0, first - CONTEXT);
    const leading = old.slice(begin, first);
    const trailing = old.slice(old.length - same).slice(0, CONTEXT);
    const size = (lines: readonly string[] = []) => leading.length + lines.length + trailing.length;
    return [
        `--- a/${file}`,
        `+++ b/${file}`,
        `@@ -${begin + 1},${size(removed)} +${begin + 1},${size(added)} @@`,
        ...leading.map((line) => ` ${line}`),
        ...(removed ?? []).map((line) => `-${line}`),
        ...(added ?? []).map((line) => `+${line}`),
        ...trailing.map((line) => ` ${line}`),
    ].join("\n");
}
