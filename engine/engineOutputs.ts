import { runCommand } from "../lib/system/runCommand";
import { MendableError } from "../lib/text/mendableError";
import { engineEnvironment } from "./engineEnvironment";
import { describeEngineFailure } from "./engineFailure";
import { type StackOutputs, type StackState, parseStackState } from "./stackState";

/** Long enough for a state in a far bucket. */
const TIMEOUT_MS = 120_000;

/**
 * Asks the engine for a stack's outputs. One process and no plugin, so that a fleet's state is read in a second.
 *
 * @param project the directory with Pulumi.yaml; the backend is the one that the engine is logged in to
 * @throws MendableError when there is no engine, no such stack, or no answer
 */
export async function readEngineOutputs(project: string, stack: string): Promise<StackOutputs> {
    return (await ask(project, stack, "outputs", ["output", "--json"])) as StackOutputs;
}

/**
 * Asks the engine for a stack's state: what it has deployed, also by an update that failed in part. Secrets stay encrypted.
 *
 * @throws MendableError when there is no engine, no such stack, or no answer
 */
export async function readEngineState(project: string, stack: string): Promise<StackState> {
    const state = parseStackState(await ask(project, stack, "state", ["export"]));
    if (state === undefined) {
        throw new MendableError(
            `the engine's state of the stack "${stack}" is of another shape than expected`,
        );
    }
    return state;
}

async function ask(project: string, stack: string, what: string, args: readonly string[]): Promise<unknown> {
    const refuse = (why: string) =>
        new MendableError(`the engine does not tell the ${what} of the stack "${stack}": ${why}`);
    const { code, stdout, stderr } = await runCommand(
        "pulumi",
        ["stack", ...args, "--stack", stack, "--non-interactive"],
        {
            cwd: project,
            env: { ...process.env, ...engineEnvironment() },
            timeout: TIMEOUT_MS,
            keep: Infinity,
            mayFail: true,
        },
    ).catch((error: unknown) => {
        throw refuse(describeEngineFailure(error, project, stack));
    });
    if (code !== 0) {
        const why = describeEngineFailure(stderr, project, stack);
        throw refuse(why === "" ? `it ended with ${code}` : why.replace(/^error: /, ""));
    }
    try {
        return JSON.parse(stdout);
    } catch {
        throw new MendableError(
            `the engine's ${what} of the stack "${stack}" are no JSON: "${stdout.slice(0, 100)}"`,
        );
    }
}
