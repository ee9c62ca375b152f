import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as path from "node:path";
import { version } from "../../../package.json";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

const LAUNCHER = path.join(PACKAGE_ROOT, "commands/fleet.mjs");

/** Runs the CLI; `deaf` closes its output before it prints. */
function fleet(args: readonly string[], deaf = false): Promise<{ code: number | null; text: string }> {
    const child = spawn(process.execPath, [LAUNCHER, ...args]);
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
    if (deaf) {
        child.stdout.destroy();
    } else {
        child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    }
    return new Promise((resolve) => {
        child.once("close", (code) => {
            resolve({ code, text });
        });
    });
}

describe("the fleet CLI", function () {
    this.timeout(30_000);

    it("lists its commands, and asking for help is no mistake", async () => {
        const { code, text } = await fleet(["--help"]);
        assert.equal(code, 0);
        for (const command of ["stale", "sync", "preview", "adopt"]) {
            assert.match(text, new RegExp(`^ {2}${command} `, "m"));
        }
    });

    it("says its version", async () => {
        assert.deepEqual(await fleet(["--version"]), { code: 0, text: `${version}\n` });
    });

    it("does not fail when nobody reads its output to the end", async () => {
        assert.deepEqual(await fleet(["stale", "--help"], true), { code: 0, text: "" });
    });

    it("says what is wrong without a stack trace, with exit code 2", async () => {
        const { code, text } = await fleet(["stale"]);
        assert.deepEqual(
            [code, text.trim()],
            [2, 'name the stack: expected "--stack prod", once for each stack of the cluster'],
        );
    });
});
