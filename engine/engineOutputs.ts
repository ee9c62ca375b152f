import { execFile } from "node:child_process";
import { pathWithProjectCommands } from "./findEngine";
import { MendableError } from "../lib/text/mendableError";
import type { StackOutputs } from "./stackOutputs";

/** Long enough for a state in a far bucket. */
const TIMEOUT_MS = 120_000;

/** A whole fleet's outputs fit; more is no stack of ours. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/**
 * Asks the engine for a stack's outputs. One process and no plugin, so that a fleet's state is read in a second.
 *
 * @param project the directory with Pulumi.yaml; the backend is the one that the engine is logged in to
 * @throws MendableError when there is no engine, no such stack, or no answer
 */
export async function readEngineOutputs(project: string, stack: string): Promise<StackOutputs> {
    const env = { ...process.env, PATH: pathWithProjectCommands(), PULUMI_SKIP_UPDATE_CHECK: "true" };
    const text = await new Promise<string>((resolve, reject) => {
        execFile(
            "pulumi",
            ["stack", "output", "--json", "--stack", stack, "--non-interactive"],
            { cwd: project, env, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES },
            (error, stdout, stderr) => {
                if (error === null) {
                    resolve(stdout);
                    return;
                }
                const why = stderr.trim().split("\n").at(-1) ?? "";
                reject(
                    new MendableError(
                        `the engine does not tell the outputs of the stack "${stack}": ` +
                            (why === "" ? error.message : why.replace(/^error: /, "")),
                    ),
                );
            },
        );
    });
    try {
        return JSON.parse(text) as StackOutputs;
    } catch {
        throw new MendableError(
            `the engine's outputs of the stack "${stack}" are no JSON: "${text.slice(0, 100)}"`,
        );
    }
}
