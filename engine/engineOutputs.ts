import { runCommand } from "../lib/system/runCommand";
import { MendableError } from "../lib/text/mendableError";
import { engineEnvironment } from "./engineEnvironment";
import type { StackOutputs } from "./stackOutputs";

/** Long enough for a state in a far bucket. */
const TIMEOUT_MS = 120_000;

/**
 * Asks the engine for a stack's outputs. One process and no plugin, so that a fleet's state is read in a second.
 *
 * @param project the directory with Pulumi.yaml; the backend is the one that the engine is logged in to
 * @throws MendableError when there is no engine, no such stack, or no answer
 */
export async function readEngineOutputs(project: string, stack: string): Promise<StackOutputs> {
    const refuse = (why: string) =>
        new MendableError(`the engine does not tell the outputs of the stack "${stack}": ${why}`);
    const { code, stdout, stderr } = await runCommand(
        "pulumi",
        ["stack", "output", "--json", "--stack", stack, "--non-interactive"],
        {
            cwd: project,
            env: { ...process.env, ...engineEnvironment() },
            timeout: TIMEOUT_MS,
            keep: Infinity,
            mayFail: true,
        },
    ).catch((error: unknown) => {
        throw refuse((error as Error).message);
    });
    if (code !== 0) {
        const why = stderr.trim().split("\n").at(-1) ?? "";
        throw refuse(why === "" ? `it ended with ${code}` : why.replace(/^error: /, ""));
    }
    try {
        return JSON.parse(stdout) as StackOutputs;
    } catch {
        throw new MendableError(
            `the engine's outputs of the stack "${stack}" are no JSON: "${stdout.slice(0, 100)}"`,
        );
    }
}
