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
    /** Every failed test or hook, with its error in one line. */
    readonly failures: readonly string[];
    /** The suites that took longest, hooks included: where time is to be saved. */
    readonly slowest: readonly { readonly suite: string; readonly seconds: number }[];
}

/** Mocha's spec reporter, which also leaves its counts in the file that `TEST_COUNTS_FILE` names. */
class CountingReporter extends Mocha.reporters.Spec {
    public constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        const failures: string[] = [];
        runner.on("fail", (test: Mocha.Test, error: unknown) => {
            const message = error instanceof Error ? error.message : String(error);
            failures.push(`${test.fullTitle()}: ${message.replace(/\s+/g, " ").slice(0, MAX_MESSAGE)}`);
        });
        const began = new Map<Mocha.Suite, number>();
        const suites: { suite: string; seconds: number }[] = [];
        runner.on("suite", (suite: Mocha.Suite) => began.set(suite, Date.now()));
        runner.on("suite end", (suite: Mocha.Suite) => {
            if (suite.parent?.root === true) {
                const seconds = Math.round((Date.now() - (began.get(suite) ?? 0)) / 1000);
                suites.push({ suite: suite.title, seconds });
            }
        });
        runner.once("end", () => {
            const file = process.env["TEST_COUNTS_FILE"];
            if (file !== undefined) {
                const { passes, failures: failed, pending } = runner.stats ?? noStats;
                const slowest = suites.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
                const counts = {
                    passed: passes,
                    failed,
                    skipped: pending,
                    why: skipReasons(),
                    failures,
                    slowest,
                };
                fs.writeFileSync(file, JSON.stringify(counts satisfies TierCounts));
            }
        });
    }
}

/** Characters of an error that are told again at the end. */
const MAX_MESSAGE = 400;

const SLOWEST = 6;

const noStats = { passes: 0, failures: 1, pending: 0 };

module.exports = CountingReporter;
