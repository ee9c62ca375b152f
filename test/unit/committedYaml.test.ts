import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";
import { skipBecause } from "../support/skipBecause";

describe("every committed YAML file", () => {
    it("parses, without warnings", function () {
        let listed: string;
        try {
            listed = execFileSync("git", ["ls-files", "-z", "*.yaml", "*.yml"], {
                cwd: PACKAGE_ROOT,
                encoding: "utf8",
            });
        } catch {
            skipBecause(this, "no list of what is committed: this is an unpacked archive");
        }
        const files = listed
            .split("\0")
            .filter((file) => file !== "" && fs.existsSync(path.join(PACKAGE_ROOT, file)));
        assert.ok(
            files.includes("Pulumi.yaml") && files.includes("orgs/prod/acme.yaml"),
            "the list is not complete",
        );
        const problems = files.flatMap((file) => {
            const documents = parseAllDocuments(fs.readFileSync(path.join(PACKAGE_ROOT, file), "utf8"));
            const troubles = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
            return troubles.map(({ message }) => `${file}: ${message}`);
        });
        assert.deepEqual(problems, []);
    });
});
