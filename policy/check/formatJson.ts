import { type CheckReport, exitCodeOf } from "./checkReport";

/** A report for another program: one JSON object, its shape documented in docs/policy. */
export function formatJson(report: CheckReport): string {
    const value = {
        schemaVersion: 1,
        exitCode: exitCodeOf(report),
        objects: report.objects,
        problems: report.problems,
        notes: report.notes,
        findings: report.results.map(({ rule, level, finding, object, origin, source }) => ({
            policy: rule.name,
            level,
            severity: rule.severity,
            object,
            origin,
            file: source?.file,
            line: source?.line,
            summary: finding.summary,
            path: finding.path,
            parts: finding.parts,
            why: finding.why,
            fix: finding.fix,
        })),
    };
    return `${JSON.stringify(value, undefined, 2)}\n`;
}
