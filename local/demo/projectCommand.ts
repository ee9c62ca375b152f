import * as path from "node:path";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";
import { type CommandResult, runCommand } from "../../lib/system/runCommand";

const COMMANDS = { fleet: [], policy: ["check"] } as const;

/** Runs one of the project's commands as a user would, in a process of its own: `runProjectCommand("fleet", ["stale", …], env)`. */
export async function runProjectCommand(
    command: "fleet" | "policy",
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
): Promise<Pick<CommandResult, "code" | "output">> {
    const launcher = path.join(PACKAGE_ROOT, "commands", "fleet.mjs");
    const { code, output } = await runCommand(process.execPath, [launcher, ...COMMANDS[command], ...args], {
        cwd: PACKAGE_ROOT,
        env: { ...process.env, ...env },
        keep: Infinity,
        mayFail: true,
    });
    return { code, output: output.trimEnd() };
}
