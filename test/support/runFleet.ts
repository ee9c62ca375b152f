import { execFile } from "node:child_process";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";
import type { Workspace } from "../../local/workspace";

/** Runs the CLI as an operator would, against a workspace's projects. */
export function runFleet(
    workspace: Workspace,
    args: readonly string[],
): Promise<{ code: number; output: string; errors: string }> {
    return new Promise((resolve) => {
        execFile(
            process.execPath,
            ["commands/fleet.mjs", ...args, "--project", workspace.directory],
            {
                cwd: PACKAGE_ROOT,
                env: { ...process.env, ...workspace.env },
                maxBuffer: 64 * 1024 * 1024,
            },
            (error, output, errors) => {
                resolve({ code: error === null ? 0 : Number(error.code), output, errors });
            },
        );
    });
}
