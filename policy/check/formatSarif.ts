import * as path from "node:path";
import { allRules } from "../allRules";
import { formatFinding } from "../formatFinding";
import { type CheckReport, exitCodeOf } from "./checkReport";
import type { Result } from "./checkObjects";

/** GitHub shows `security-severity` as critical from 9, high from 7, medium from 4. */
const SECURITY_SEVERITY = { low: "3.0", medium: "5.0", high: "8.0", critical: "9.5" } as const;

const LEVELS = { mandatory: "error", advisory: "warning", unknown: "note" } as const;

/**
 * A report for code scanning: SARIF 2.1.0.
 * Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and GitHub's "SARIF support for code scanning".
 */
export function formatSarif(report: CheckReport): string {
    const run = {
        tool: {
            driver: {
                name: "image-policy",
                rules: allRules.map((rule) => ({
                    id: rule.name,
                    shortDescription: { text: rule.description },
                    help: { text: rule.remedy },
                    defaultConfiguration: { level: rule.level === "mandatory" ? "error" : "warning" },
                    properties: { "security-severity": SECURITY_SEVERITY[rule.severity] },
                })),
            },
        },
        invocations: [
            {
                executionSuccessful: report.problems.length === 0,
                exitCode: exitCodeOf(report),
                toolExecutionNotifications: report.problems.map((text) => ({
                    level: "error",
                    message: { text },
                })),
            },
        ],
        results: report.results.map(toResult),
    };
    const log = { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
    return `${JSON.stringify(log, undefined, 2)}\n`;
}

function toResult({ rule, level, finding, object, origin, source }: Result): object {
    const logicalLocations = [
        { fullyQualifiedName: `${object}${finding.path === undefined ? "" : ` ${finding.path}`}` },
    ];
    const physicalLocation = {
        artifactLocation: { uri: uriOf(source?.file ?? origin) },
        region: { startLine: source?.line ?? 1 },
    };
    return {
        ruleId: rule.name,
        ruleIndex: allRules.indexOf(rule),
        level: LEVELS[level],
        message: { text: formatFinding(finding) },
        locations: [{ physicalLocation, logicalLocations }],
        // The same finding in the next run, wherever its line has moved to.
        partialFingerprints: { "objectPath/v1": `${rule.name}|${object}|${finding.path ?? ""}` },
    };
}

/** A relative reference with slashes, as code scanning resolves it against the checkout. */
function uriOf(file: string): string {
    const relative = path.isAbsolute(file) ? path.relative(process.cwd(), file) : file;
    return encodeURI(relative.split(path.sep).join("/"));
}
