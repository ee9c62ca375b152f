import { spawn } from "node:child_process";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";

/** What a command said, and how it ended. */
export interface CommandResult {
    readonly code: number | null;
    readonly output: string;
}

/** Runs one of the project's commands as a user would, in a process of its own: `runCommand("fleet", ["stale", …], env)`. */
export function runProjectCommand(
    command: "fleet" | "policy",
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
        const child = spawn(
            process.execPath,
            ["--import", "tsx", path.join(PACKAGE_ROOT, command, "cli.ts"), ...args],
            { cwd: PACKAGE_ROOT, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] },
        );
        let output = "";
        child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
        child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
        child.on("error", reject);
        child.on("close", (code) => {
            resolve({ code, output: output.trimEnd() });
        });
    });
}
