import { runCommand } from "../lib/system/runCommand";
import { engineEnvironment } from "./engineEnvironment";

/** What `pulumi up` is run with. */
export interface UpdateOptions {
    /** The project's directory. */
    readonly workDir: string;
    readonly stack: string;
    readonly message: string;
    /** Whether the cluster is read first, since it is not what the state says. */
    readonly refresh?: boolean;
    /** The policy pack's folder; with one, the update begins with a preview that the pack can refuse as a whole. */
    readonly policyPack?: string;
    readonly policyPackConfig?: string;
    /** Whether the caller has just previewed the same with the pack, so that the update need not. */
    readonly previewed?: boolean;
    /** Called with what the engine prints. */
    readonly onOutput?: ((text: string) => void) | undefined;
    readonly interrupted?: UpdateInterruption;
    /** Environment of the engine, besides the process's own. */
    readonly env?: NodeJS.ProcessEnv;
}

/** How an update is interrupted, by one signal after the other. */
export interface UpdateInterruption {
    /** No update is begun any more; one that runs goes on. */
    readonly signal: AbortSignal;
    /** The engine is asked to stop; what it has begun it finishes or gives up, and writes down. */
    readonly stop: AbortSignal;
    /** The engine is ended at once. */
    readonly kill: AbortSignal;
}

/**
 * Runs `pulumi up`, and returns when the engine itself has ended. The Automation API would signal the process that it started,
 * which is npm's launcher: that one dies, hands no signal on, and leaves an engine behind that goes on with the update. So the
 * command has a process group of its own, and the signal goes to all of it.
 *
 * @throws Error with what the engine printed, when its exit code is not 0
 */
export async function runUpdate(options: UpdateOptions): Promise<void> {
    const { workDir, stack, message, policyPack, policyPackConfig, onOutput, interrupted } = options;
    interrupted?.signal.throwIfAborted();
    const args = ["up", "--stack", stack, "--yes", "--non-interactive", "--suppress-progress"];
    args.push("--color", "never", "--message", message);
    if (options.refresh === true) {
        args.push("--refresh");
    }
    if (policyPack === undefined || options.previewed === true) {
        args.push("--skip-preview");
    }
    if (policyPack !== undefined) {
        args.push("--policy-pack", policyPack);
    }
    if (policyPackConfig !== undefined) {
        args.push("--policy-pack-config", policyPackConfig);
    }
    const { code, output } = await runCommand("pulumi", args, {
        cwd: workDir,
        env: { ...process.env, ...engineEnvironment(), ...options.env },
        signal: interrupted?.stop,
        kill: interrupted?.kill,
        onAbort: "ask",
        keep: Infinity,
        mayFail: true,
        onOutput,
    });
    if (code !== 0) {
        throw new Error(output);
    }
}
