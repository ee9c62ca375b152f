import * as fs from "node:fs";
import Mocha from "mocha";
import { skipReasons } from "./support/skipBecause";

/** Mocha's spec reporter, which also leaves its counts in the file that `TEST_COUNTS_FILE` names. */
class CountingReporter extends Mocha.reporters.Spec {
    public constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        runner.once("end", () => {
            const file = process.env["TEST_COUNTS_FILE"];
            if (file !== undefined) {
                const { passes, failures, pending } = runner.stats ?? { passes: 0, failures: 1, pending: 0 };
                fs.writeFileSync(
                    file,
                    JSON.stringify({
                        passed: passes,
                        failed: failures,
                        skipped: pending,
                        why: skipReasons(),
                    }),
                );
            }
        });
    }
}

module.exports = CountingReporter;
