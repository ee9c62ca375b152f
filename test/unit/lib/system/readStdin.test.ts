import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../../../lib/system/packageRoot";

describe("standard input", () => {
    it("is read whole from a pipe that does not block, though its writer takes his time", async () => {
        const script = [
            `import { readStdin } from ${JSON.stringify(path.join(PACKAGE_ROOT, "lib/system/readStdin.ts"))};`,
            // Node makes a pipe non-blocking as soon as anybody asks for its stream.
            "process.stdin.pause();",
            'process.stderr.write("reads");',
            "console.log(readStdin().toString());",
        ].join("\n");
        const child = spawn(
            process.execPath,
            ["--import", "tsx", "--input-type", "module", "--eval", script],
            { cwd: PACKAGE_ROOT, stdio: "pipe" },
        );
        let printed = "";
        child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
        let errors = "";
        const begun = new Promise((resolve) => {
            child.stderr.on("data", (chunk: Buffer) => {
                errors += chunk.toString();
                resolve(undefined);
            });
        });
        const ended = new Promise((resolve) => child.once("close", resolve));
        await begun;
        child.stdin.write("one, ");
        await new Promise((resolve) => setTimeout(resolve, 200));
        child.stdin.end("two");
        assert.equal(await ended, 0, errors);
        assert.equal(printed, "one, two\n");
    });
});
