import assert from "node:assert/strict";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../../../lib/system/packageRoot";
import { runCommand } from "../../../../lib/system/runCommand";
import { until } from "../../../support/until";

/** A shell that starts another process, which holds the output and outlives the shell unless the whole group is ended. */
const NESTED = 'sh -c "sleep 30; echo survived" & echo begun; wait';

describe("running a command", function () {
    // Longer than what must be ended would take by itself.
    this.timeout(60_000);

    it("tells its exit code and what it printed, both outputs apart and together", async () => {
        const script = "echo one; sleep 0.1; echo two >&2; sleep 0.1; cat; exit 3";
        const result = await runCommand("sh", ["-c", script], { mayFail: true, input: "three\n" });
        assert.deepEqual(result, {
            code: 3,
            stdout: "one\nthree\n",
            stderr: "two\n",
            output: "one\ntwo\nthree\n",
        });
    });

    it("fails with its last words, or when it cannot be started", async () => {
        await assert.rejects(
            runCommand("sh", ["-c", "echo why >&2; exit 3"]),
            /^Error: sh -c .*: exit 3\nwhy$/,
        );
        await assert.rejects(runCommand("no-such-command-here", []), { code: "ENOENT" });
    });

    it("takes no input where none is given, and bears a command that reads none", async () => {
        assert.equal((await runCommand("cat", [])).stdout, "");
        assert.equal((await runCommand("true", [], { input: "x".repeat(1_000_000) })).code, 0);
    });

    it("ends everything that it started when its time is up", async () => {
        let printed = "";
        const onOutput = (text: string) => (printed += text);
        await assert.rejects(
            runCommand("sh", ["-c", NESTED], { timeout: 300, onOutput }),
            /no answer within 0.3 s/,
        );
        assert.doesNotMatch(printed, /survived/);
    });

    it("ends everything when aborted, with the abort's reason, also what does not want to end", async () => {
        for (const script of [NESTED, `trap "" TERM; echo begun; sleep 30; echo survived`]) {
            const controller = new AbortController();
            let printed = "";
            const onOutput = (text: string) => {
                printed += text;
                controller.abort(new Error("interrupted"));
            };
            await assert.rejects(
                runCommand("sh", ["-c", script], { signal: controller.signal, onOutput }),
                /^Error: interrupted$/,
            );
            assert.doesNotMatch(printed, /survived/);
        }
    });

    it("asked to end, may finish in its own time, and is as done as it says", async () => {
        const controller = new AbortController();
        const script = `trap "sleep 2.5; echo written; exit 0" INT; echo begun; while :; do sleep 0.1; done`;
        const { stdout } = await runCommand("sh", ["-c", script], {
            signal: controller.signal,
            onAbort: "ask",
            onOutput: () => {
                controller.abort(new Error("interrupted"));
            },
        });
        assert.equal(stdout, "begun\nwritten\n");
    });

    it("ends with whoever waits for it", async () => {
        const file = path.join(PACKAGE_ROOT, "lib", "system", "runCommand.ts");
        const script = `import { runCommand } from ${JSON.stringify(file)};
            void runCommand("sh", ["-c", "sh -c 'echo $$; sleep 30' & wait"], { onOutput: (text) => {
                process.stdout.write(text, () => process.exit(7));
            } });`;
        const { code, stdout } = await runCommand(
            process.execPath,
            ["--import", "tsx", "--input-type", "module", "--eval", script],
            { cwd: PACKAGE_ROOT, mayFail: true },
        );
        assert.equal(code, 7);
        const isAlive = () => {
            try {
                return process.kill(Number(stdout.trim()), 0);
            } catch {
                return false;
            }
        };
        await until("what it started to end", () => Promise.resolve(isAlive() ? undefined : true));
    });

    it("is not begun after an abort", async () => {
        await assert.rejects(
            runCommand("sh", ["-c", "exit 0"], { signal: AbortSignal.abort(new Error("over")) }),
            /over/,
        );
    });

    it("keeps the end of a long output, and calls for each line of standard error", async () => {
        const lines: string[] = [];
        const { stdout } = await runCommand("sh", ["-c", "printf 0123456789; echo a >&2; printf b >&2"], {
            keep: 4,
            onErrorLine: (line) => lines.push(line),
        });
        assert.deepEqual([stdout, lines], ["6789", ["a"]]);
    });
});
