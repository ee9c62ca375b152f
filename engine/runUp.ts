import { nameOfStack } from "../config/loadStacks";
import type { CommandIo } from "../lib/system/commandIo";
import { onlyLooking } from "../lib/system/interruption";
import { runCommand } from "../lib/system/runCommand";
import { engineEnvironment } from "./engineEnvironment";
import { POLICY_PACK, withPackConfig } from "./packConfig";
import { preflight } from "./preflight";

/** The options of `fleet up`. */
export interface UpOptions {
    readonly stack?: readonly string[];
    readonly project: string;
    /** The pack's config; left out, the committed one. */
    readonly policyPackConfig?: string;
    /** Whatever else the engine is to be told. */
    readonly rest: readonly string[];
}

/**
 * Runs `fleet up`: makes sure of everything that the update needs, and then runs the engine's `up` with the policy pack, which
 * has the reference's pins to compare with, and the rest of the options. The first Ctrl-C is handed to the engine, which finishes what it has begun.
 *
 * @returns the engine's exit code, or that of the interruption
 * @throws MendableError when something is missing; then the engine was not begun
 */
export async function runUp(
    { stack: names, project, policyPackConfig, rest }: UpOptions,
    io: CommandIo,
): Promise<number> {
    const stack = nameOfStack(names);
    const { config, runtimeImages } = await onlyLooking(
        io,
        "the engine was not begun, and nothing was changed",
        () => preflight(project, stack, io),
    );
    const stopping = io.interruption((signal) => {
        io.err(`${signal}: the engine finishes what it has begun; once more ends it`);
    }, 3);
    const args = ["up", "--stack", stack, "--yes", "--non-interactive", "--color", "never"];
    const { environment } = config;
    try {
        const exitCode = await withPackConfig(
            { project, stack, environment, runtimeImages, file: policyPackConfig },
            async (file) => {
                const pack = ["--policy-pack", POLICY_PACK, "--policy-pack-config", file];
                const { code } = await runCommand("pulumi", [...args, ...pack, ...rest], {
                    cwd: project,
                    env: { ...process.env, ...engineEnvironment() },
                    signal: stopping.signal,
                    kill: stopping.stop,
                    onAbort: "ask",
                    mayFail: true,
                    onOutput: io.pass,
                });
                return typeof code === "number" ? code : 1;
            },
        );
        return stopping.exitCode() ?? exitCode;
    } catch (error) {
        const interrupted = stopping.exitCode();
        if (interrupted === undefined) {
            throw error;
        }
        return interrupted;
    } finally {
        if (stopping.signal.aborted) {
            io.err(
                "interrupted: what the engine has begun it has written down, and the rest was not begun; run it again to go on",
            );
        }
        stopping.end();
    }
}
