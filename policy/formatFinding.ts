import type { Finding } from "./rule";

/** A finding as text: the summary, then a line for each thing that is known about it. */
export function formatFinding({ summary, path, parts, why, fix }: Finding): string {
    const lines: string[] = [summary];
    for (const [label, text] of [
        ["path", path],
        ["parts", parts],
        ["why", why],
        ["fix", fix],
    ] as const) {
        if (text !== undefined) {
            lines.push(`  ${`${label}:`.padEnd(6)} ${text.replaceAll("\n", `\n${" ".repeat(9)}`)}`);
        }
    }
    return lines.join("\n");
}
