import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { runUpdate } from "../../../engine/runUpdate";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

/** An engine that updates for 600 ms, stops in its own time when it is interrupted, and can only be killed when it is stubborn. */
const ENGINE = `#!/usr/bin/env node
const stubborn = process.argv.includes("stubborn");
process.on("SIGINT", () => {
    console.log("asked to stop");
    if (!stubborn) process.exit(130);
});
console.log("updating");
setTimeout(() => console.log("updated"), stubborn ? 60_000 : 600);
`;

describe("the update of a promotion", function () {
    this.timeout(20_000);
    let folder: string;
    const { PATH } = process.env;
    before(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "engine-"));
        fs.writeFileSync(path.join(folder, "pulumi"), ENGINE, { mode: 0o755 });
    });
    after(() => {
        fs.rmSync(folder, { recursive: true });
    });

    /** Runs an update; each time that the engine prints what is a key of `at`, that stage is aborted. */
    const update = async (stack: string, at: Readonly<Record<string, "signal" | "stop" | "kill">>) => {
        const stages = {
            signal: new AbortController(),
            stop: new AbortController(),
            kill: new AbortController(),
        };
        const interrupted = {
            signal: stages.signal.signal,
            stop: stages.stop.signal,
            kill: stages.kill.signal,
        };
        let said = "";
        const commandPath = [folder, path.join(PACKAGE_ROOT, "node_modules", ".bin"), PATH].join(
            path.delimiter,
        );
        const error = await runUpdate({
            workDir: folder,
            stack,
            message: "promote v2",
            env: { PATH: commandPath },
            interrupted,
            onOutput: (text) => {
                said += text;
                for (const [line, stage] of Object.entries(at)) {
                    if (said.includes(line)) {
                        stages[stage].abort(new Error("interrupted by SIGTERM"));
                    }
                }
            },
        }).catch((reason: unknown) => reason as Error);
        return { said, error };
    };

    it("is not begun after an interruption: the next environment stays as it is", async () => {
        const said: string[] = [];
        const never = new AbortController().signal;
        const signal = AbortSignal.abort(new Error("interrupted by SIGTERM"));
        await assert.rejects(
            runUpdate({
                workDir: "/nowhere",
                stack: "prod",
                message: "promote v2",
                onOutput: (text) => said.push(text),
                interrupted: { signal, stop: never, kill: never },
            }),
            /^Error: interrupted by SIGTERM$/,
        );
        assert.deepEqual(said, []);
    });

    it("is finished when the first signal comes while it runs", async () => {
        const { said, error } = await update("prod", { updating: "signal" });
        assert.equal(error, undefined);
        assert.equal(said, "updating\nupdated\n");
    });

    it("is asked to stop by the second", async () => {
        const { said, error } = await update("prod", { updating: "stop" });
        assert.equal(said, "updating\nasked to stop\n");
        assert.ok(error instanceof Error);
    });

    it("is ended by the third, though the engine goes on when it is asked", async () => {
        const { said, error } = await update("stubborn", { updating: "stop", "asked to stop": "kill" });
        assert.equal(said, "updating\nasked to stop\nasked to stop\n");
        assert.ok(error instanceof Error);
    });
});
