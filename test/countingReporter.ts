import * as fs from "node:fs";
import Mocha from "mocha";
import { skipReasons } from "./support/skipBecause";

/** What a tier's process leaves behind, as JSON. */
export interface TierCounts {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    /** Why something was skipped, each reason once. */
    readonly why: readonly string[];
    /** Every failed test or hook, with the first line of its error. */
    readonly failures: readonly string[];
}

/** Mocha's spec reporter, which also leaves its counts in the file that `TEST_COUNTS_FILE` names. */
class CountingReporter extends Mocha.reporters.Spec {
    public constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        const failures: string[] = [];
        runner.on("fail", (test: Mocha.Test, error: unknown) => {
            const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
            failures.push(`${test.fullTitle()}: ${line}`);
        });
        runner.once("end", () => {
            const file = process.env["TEST_COUNTS_FILE"];
            if (file !== undefined) {
                const { passes, failures: failed, pending } = runner.stats ?? noStats;
                const counts = { passed: passes, failed, skipped: pending, why: skipReasons(), failures };
                fs.writeFileSync(file, JSON.stringify(counts satisfies TierCounts));
            }
        });
    }
}

const noStats = { passes: 0, failures: 1, pending: 0 };

module.exports = CountingReporter;
