import { execFile } from "node:child_process";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";

/** Whether a Pulumi engine answers, and which. */
export type Engine =
    { readonly ok: true; readonly version: string } | { readonly ok: false; readonly reason: string };

/** Enough for the first use of npm's `pulumi`, which downloads the official CLI. */
const TIMEOUT_MS = 300_000;

/** `PATH` with the project's own commands first, as in an npm script: npm's `pulumi`, and the Node that the lock file pins. */
export function pathWithProjectCommands(): string {
    return [path.join(PACKAGE_ROOT, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(path.delimiter);
}

let asked: Promise<Engine> | undefined;

/** Asks once in a process whether `pulumi version` answers. Never rejects. */
export function findEngine(): Promise<Engine> {
    asked ??= new Promise((resolve) => {
        const env = { ...process.env, PATH: pathWithProjectCommands(), PULUMI_SKIP_UPDATE_CHECK: "true" };
        execFile("pulumi", ["version"], { env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
            const version = stdout.trim();
            if (error === null && /^v\d/.test(version)) {
                resolve({ ok: true, version });
                return;
            }
            const lines = `${stderr}\n${stdout}`.split("\n").filter((line) => line.trim() !== "");
            resolve({
                ok: false,
                reason: `"pulumi version" does not answer: ${lines.at(-1)?.trim() ?? error?.message ?? "it printed nothing"}`,
            });
        });
    });
    return asked;
}
