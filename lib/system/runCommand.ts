import { spawn } from "node:child_process";
import { setPriority } from "node:os";

/** How a command is run. */
export interface RunCommandOptions {
    readonly cwd?: string;
    /** The whole environment; the caller's own by default. */
    readonly env?: NodeJS.ProcessEnv;
    /** Ends the command, with everything it started, when aborted. */
    readonly signal?: AbortSignal;
    /** Milliseconds after which the command is ended and counts as failed. */
    readonly timeout?: number;
    /** Gives way to whatever else the machine does. */
    readonly lowPriority?: boolean;
    /** Called with each full line of standard error. */
    readonly onErrorLine?: (line: string) => void;
}

/** Characters of output that are kept. */
const keptOutput = 20_000;

/**
 * Runs a command to its end and returns what it printed on standard output.
 *
 * The command gets a process group of its own: a Ctrl-C in the terminal does not reach it, so that the caller decides
 * how it ends, and what it started ends with it.
 *
 * @throws Error with the exit code and the last lines of standard error when it fails or cannot be started; the
 * signal's reason when it was aborted.
 */
export async function runCommand(
    command: string,
    args: readonly string[],
    options: RunCommandOptions = {},
): Promise<string> {
    options.signal?.throwIfAborted();
    const child = spawn(command, args, {
        cwd: options.cwd,
        env: options.env,
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
    });
    const { pid } = child;
    if (options.lowPriority === true && pid !== undefined) {
        setPriority(pid, 10);
    }
    const end = (signal: NodeJS.Signals) => {
        if (pid !== undefined) {
            try {
                process.kill(-pid, signal);
            } catch {
                // The group has ended by itself.
            }
        }
    };
    const timeUp = new AbortController();
    const timer =
        options.timeout === undefined
            ? undefined
            : setTimeout(() => {
                  timeUp.abort();
                  end("SIGKILL");
              }, options.timeout);
    const onAbort = () => {
        end("SIGTERM");
        setTimeout(() => {
            end("SIGKILL");
        }, 2000).unref();
    };
    options.signal?.addEventListener("abort", onAbort, { once: true });

    let output = "";
    let errors = "";
    let line = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-keptOutput);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        errors = (errors + text).slice(-keptOutput);
        const lines = (line + text).split("\n");
        line = lines.pop() ?? "";
        lines.forEach((full) => options.onErrorLine?.(full));
    });
    try {
        const code = await new Promise<number | string>((resolve, reject) => {
            child.once("error", reject);
            child.once("close", (exitCode, signal) => {
                resolve(exitCode ?? signal ?? "unknown");
            });
        });
        options.signal?.throwIfAborted();
        if (code !== 0) {
            const why = timeUp.signal.aborted
                ? `no answer within ${(options.timeout ?? 0) / 1000} s`
                : `exit ${code}`;
            const last = errors.trim().split("\n").slice(-8).join("\n");
            throw new Error(`${command} ${args.join(" ")}: ${why}${last === "" ? "" : `\n${last}`}`);
        }
        return output;
    } finally {
        clearTimeout(timer);
        options.signal?.removeEventListener("abort", onAbort);
    }
}
