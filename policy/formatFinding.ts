import type { Finding } from "./rule";

/** A finding as text: the summary, then a line for each thing that is known about it. */
export function formatFinding(finding: Finding): string {
    const details = detailLines(finding, ["path", "parts", "why", "fix"]);
    return [finding.summary, ...details.map((line) => `  ${line}`)].join("\n");
}

/** What is known of a finding, each line of it behind its label or in the column of the first: `why:   …`. */
export function detailLines(
    finding: Finding,
    labels: readonly ("path" | "parts" | "why" | "fix")[],
): string[] {
    return labels.flatMap((label) =>
        (finding[label]?.split("\n") ?? []).map(
            (line, index) => `${(index === 0 ? `${label}:` : "").padEnd(6)} ${line}`,
        ),
    );
}
