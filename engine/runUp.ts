import * as path from "node:path";
import { nameOfStack } from "../config/loadStacks";
import type { CommandIo } from "../lib/system/commandIo";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";
import { runCommand } from "../lib/system/runCommand";
import { engineEnvironment } from "./engineEnvironment";
import { preflight } from "./preflight";

/** The options of `fleet up`. */
export interface UpOptions {
    readonly stack?: readonly string[];
    readonly project: string;
    /** Whatever else the engine is to be told. */
    readonly rest: readonly string[];
}

/**
 * Runs `fleet up`: makes sure of everything that the update needs, and then runs the engine's `up` with the policy pack and the rest of
 * the options. The first Ctrl-C is handed to the engine, which finishes what it has begun.
 *
 * @returns the engine's exit code
 * @throws MendableError when something is missing; then the engine was not begun
 */
export async function runUp({ stack: names, project, rest }: UpOptions, io: CommandIo): Promise<number> {
    const stack = nameOfStack(names);
    await preflight(project, stack, io);
    const stopping = io.interruption((signal) => {
        io.err(`${signal}: the engine finishes what it has begun; once more ends it`);
    }, 3);
    const pack = ["--policy-pack", path.join(PACKAGE_ROOT, "policy")];
    try {
        const { code } = await runCommand(
            "pulumi",
            ["up", "--stack", stack, "--yes", "--non-interactive", "--color", "never", ...pack, ...rest],
            {
                cwd: project,
                env: { ...process.env, ...engineEnvironment() },
                signal: stopping.signal,
                kill: stopping.stop,
                onAbort: "ask",
                mayFail: true,
                onOutput: io.pass,
            },
        );
        return typeof code === "number" ? code : 1;
    } finally {
        stopping.end();
    }
}
