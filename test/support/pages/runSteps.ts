import assert from "node:assert/strict";
import type { PageProject, PageStep } from "./pageProject";

/** Runs commands of the pages one after the other, a test each, in the suite that it is called in. */
export function runSteps(steps: readonly PageStep[], project: () => PageProject): void {
    for (const { command, exitCode = 0, prepare, prints, check } of steps) {
        it(`${command} (exit code ${exitCode})`, async () => {
            await prepare?.(project());
            const { code, output } = await project().run(command);
            assert.equal(code, exitCode, output);
            assert.match(output, prints);
            await check?.(project());
        });
    }
}
