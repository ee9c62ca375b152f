import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, it } from "mocha";
import { PACKAGE_ROOT } from "../../../../lib/system/packageRoot";
import { checkObjects } from "../../../../policy/check/checkObjects";
import { exitCodeOf } from "../../../../policy/check/checkReport";
import { readManifests } from "../../../../policy/check/readManifests";
import { readPackConfig } from "../../../../policy/check/readPackConfig";

/** Manifests with right answers that may lie beside the checkout: `expected.json` and the files that it names. */
const CASES = path.join(PACKAGE_ROOT, "../shared/cases/policy");

interface Case {
    readonly file: string;
    /** The exit code, or those that are right. */
    readonly exit: number | readonly number[];
    /** Where the violations of `require-immutable-images` are; not compared when absent. */
    readonly paths?: readonly string[];
}

describe("the checker on manifests beside the checkout", () => {
    if (!fs.existsSync(path.join(CASES, "expected.json"))) {
        it("finds none to be tried on", function () {
            console.error("SKIPPED: there is no ../shared/cases/policy beside the checkout");
            this.skip();
        });
        return;
    }
    for (const { file, exit, paths } of JSON.parse(
        fs.readFileSync(path.join(CASES, "expected.json"), "utf8"),
    ) as Case[]) {
        it(`is right about ${file}`, () => {
            const input = readManifests(path.join(CASES, file));
            const results = checkObjects(input, readPackConfig(undefined), { now: new Date() });
            const { problems, notes } = input;
            const code = exitCodeOf({ results, objects: input.objects.length, problems, notes });
            assert.ok([exit].flat().includes(code), `exit code ${code}, expected ${String(exit)}`);
            const found = results
                .filter(
                    ({ level, rule }) => level === "mandatory" && rule.name === "require-immutable-images",
                )
                .map(({ finding }) => finding.path ?? "");
            assert.deepEqual(found.sort(), [...(paths ?? found)].sort());
        });
    }
});
