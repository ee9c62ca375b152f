import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { GOLDEN_STACKS, renderGolden } from "../../support/renderGolden";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

describe("the committed environments", () => {
    for (const stack of GOLDEN_STACKS) {
        it(`declare and export for "${stack}" what test/golden/${stack} has`, async () => {
            const directory = path.join(PACKAGE_ROOT, "test", "golden", stack);
            const golden = fs
                .readdirSync(directory)
                .map((name): [string, string] => [name, fs.readFileSync(path.join(directory, name), "utf8")]);
            const rendered = await renderGolden(stack, PACKAGE_ROOT);
            assert.deepEqual(
                Object.fromEntries(rendered),
                Object.fromEntries(golden),
                `the stack "${stack}" declares other objects than its golden files; if it should, run "npm run golden" and review the diff`,
            );
        });
    }
});
