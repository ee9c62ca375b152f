import type { CheckReport } from "./checkReport";
import { formatGithub } from "./formatGithub";
import { formatJson } from "./formatJson";
import { formatSarif } from "./formatSarif";
import { formatTable } from "./formatTable";

/** Which format was asked for, one at most; a table for people without. */
export interface ReportFormat {
    readonly json?: boolean;
    readonly sarif?: boolean;
    readonly github?: boolean;
}

/** A report in the format that was asked for. */
export function formatReport(report: CheckReport, { json, sarif, github }: ReportFormat): string {
    if (json === true) {
        return formatJson(report);
    }
    if (sarif === true) {
        return formatSarif(report);
    }
    return github === true ? formatGithub(report) : formatTable(report);
}
