import * as fs from "node:fs";
import { formatPromotion, formatPromotionMarkdown } from "./formatPromotion";
import type { PromotionReport } from "./report";

/** Prints a report, adds it to the workflow's summary where there is one, and sets the exit code. */
export function printReport(
    report: PromotionReport,
    title: string,
    json: boolean | undefined,
    env: NodeJS.ProcessEnv = process.env,
): void {
    console.log(json === true ? JSON.stringify(report, undefined, 2) : formatPromotion(report, title));
    const summary = env["GITHUB_STEP_SUMMARY"];
    if (summary !== undefined && summary !== "") {
        fs.appendFileSync(summary, formatPromotionMarkdown(report, title));
    }
    process.exitCode = report.exitCode;
}
