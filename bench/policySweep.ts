import { checkObjects } from "../policy/check/checkObjects";
import { readManifests } from "../policy/check/readManifests";
import { readPackConfig } from "../policy/check/readPackConfig";
import { markdownTable } from "./markdownTable";

/** How many lines of each sort are written out. */
const SHOWN = 20;

/**
 * Runs the policy checker over a checkout of anybody's manifests and counts what it makes of them: a rule that raises false
 * alarms, or a way to write manifests that is not read, shows there first.
 *
 * @returns a page in Markdown.
 */
export function sweepPolicies(directory: string, now: Date): string {
    const started = performance.now();
    const input = readManifests(directory);
    const results = checkObjects(input, readPackConfig(undefined), { now });
    const seconds = (performance.now() - started) / 1000;
    const counts = new Map<string, number>();
    for (const { rule, level } of results) {
        const key = `${rule.name} (${level})`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const rows = [
        ["objects", String(input.objects.length)],
        ...[...counts].sort().map(([what, count]) => [what, String(count)]),
        ["not read", String(input.problems.length)],
        ["left out, with a note", String(input.notes.length)],
        ["seconds", seconds.toFixed(2)],
    ];
    const findings = results.map(({ level, origin, finding }) => `${level} ${origin}: ${finding.summary}`);
    return [
        `# ${directory}`,
        "",
        markdownTable(["", "number"], rows),
        "",
        ...section("Findings", findings),
        ...section("Not read", input.problems),
        ...section("Left out", input.notes),
    ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
    const more = lines.length > SHOWN ? [`- and ${lines.length - SHOWN} more`] : [];
    return lines.length === 0
        ? []
        : [`## ${title}`, "", ...lines.slice(0, SHOWN).map((line) => `- ${line}`), ...more, ""];
}
