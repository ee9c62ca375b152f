import { spawn } from "node:child_process";
import * as os from "node:os";
import { whileWaiting } from "./whileWaiting";

/** How a command is run. */
export interface RunCommandOptions {
    readonly cwd?: string;
    /** The whole environment; the caller's own by default. */
    readonly env?: NodeJS.ProcessEnv;
    /** Its standard input; nothing by default. */
    readonly input?: string;
    /** Ends the command, with everything it started, when aborted. */
    readonly signal?: AbortSignal;
    /**
     * What an abort does: `kill` ends it within two seconds, `ask` sends SIGINT once and waits for as long as the command needs to
     * write down what it has begun. `kill` by default.
     */
    readonly onAbort?: "kill" | "ask";
    /** Ends the command that was asked in vain: SIGINT once more, which an engine gives up its work at, and SIGKILL two seconds later. */
    readonly kill?: AbortSignal;
    /** Milliseconds after which the command is killed and counts as failed. */
    readonly timeout?: number;
    /** Gives way to whatever else the machine does. */
    readonly lowPriority?: boolean;
    /** Whether an exit code other than 0 is a result and no error. */
    readonly mayFail?: boolean;
    /** Characters of each output that are kept, the last ones; 20,000 by default. */
    readonly keep?: number;
    /** Called with each full line of standard error. */
    readonly onErrorLine?: (line: string) => void;
    /** Called with whatever it prints, as it comes. */
    readonly onOutput?: (text: string) => void;
}

/** How a command ended. */
export interface CommandResult {
    /** Its exit code, the signal that ended it, or `timeout`. */
    readonly code: number | string;
    readonly stdout: string;
    readonly stderr: string;
    /** Both, in the order in which they came. */
    readonly output: string;
}

/** Milliseconds between the request to end and the end. */
const GRACE_MS = 2_000;

/** What ends each command that runs now: whoever gives up waiting leaves nothing behind that goes on. */
const running = new Set<(name: NodeJS.Signals) => void>();
process.once("exit", () => {
    running.forEach((end) => {
        end("SIGTERM");
    });
});

/**
 * Runs a command to its end.
 *
 * The command gets a process group of its own: a Ctrl-C in the terminal does not reach it, so that the caller decides how it
 * ends, and what it started ends with it. Its end is that of everything which holds its output: a launcher that dies before
 * what it launched does not count.
 *
 * @throws Error with the exit code and the last lines of standard error when it fails (unless it may), or the system's own when it
 * cannot be started (`ENOENT`); the signal's reason when it was aborted.
 */
export async function runCommand(
    command: string,
    args: readonly string[],
    options: RunCommandOptions = {},
): Promise<CommandResult> {
    const { cwd, env, input, signal, onAbort = "kill", timeout, keep = 20_000 } = options;
    signal?.throwIfAborted();
    const child = spawn(command, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"], detached: true });
    const end = signalGroup(child.pid);
    running.add(end);
    if (options.lowPriority === true && child.pid !== undefined) {
        os.setPriority(child.pid, 10);
    }
    const late = new AbortController();
    const timers = [
        setTimeout(
            () => {
                late.abort();
                end("SIGKILL");
            },
            timeout ?? 2 ** 31 - 1,
        ),
    ];
    const abort = () => {
        end(onAbort === "ask" ? "SIGINT" : "SIGTERM");
        if (onAbort === "kill") {
            timers.push(setTimeout(end, GRACE_MS, "SIGKILL"));
        }
    };
    const kill = () => {
        end("SIGINT");
        timers.push(setTimeout(end, GRACE_MS, "SIGKILL"));
    };
    options.kill?.addEventListener("abort", kill, { once: true });
    signal?.addEventListener("abort", abort, { once: true });
    const kept = { stdout: "", stderr: "", output: "" };
    for (const name of ["stdout", "stderr"] as const) {
        child[name].setEncoding("utf8").on("data", (text: string) => {
            kept[name] = (kept[name] + text).slice(-keep);
            kept.output = (kept.output + text).slice(-keep);
            options.onOutput?.(text);
        });
    }
    onLines(child.stderr, options.onErrorLine);
    child.stdin.on("error", () => undefined); // It may end without reading.
    child.stdin.end(input ?? "");
    try {
        const close = new Promise<number | string>((resolve, reject) => {
            child.once("error", reject);
            child.once("close", (code, by) => {
                resolve(code ?? by ?? "unknown");
            });
        });
        const ended = await whileWaiting(`"${[command, ...args.slice(0, 2)].join(" ")}"`, () => close);
        const code = late.signal.aborted ? "timeout" : ended;
        if (onAbort === "kill" || code !== 0) {
            signal?.throwIfAborted();
        }
        if (code !== 0 && options.mayFail !== true) {
            const why = late.signal.aborted ? `no answer within ${(timeout ?? 0) / 1000} s` : `exit ${code}`;
            const last = kept.stderr.trim().split("\n").slice(-8).join("\n");
            throw new Error(`${command} ${args.join(" ")}: ${why}${last === "" ? "" : `\n${last}`}`);
        }
        return { code, ...kept };
    } finally {
        running.delete(end);
        timers.forEach(clearTimeout);
        signal?.removeEventListener("abort", abort);
        options.kill?.removeEventListener("abort", kill);
    }
}

/** Signals the process group of a command, with everything that it has started. */
function signalGroup(pid: number | undefined): (name: NodeJS.Signals) => void {
    return (name) => {
        try {
            process.kill(-(pid ?? NaN), name);
        } catch {
            // The group has ended by itself, or never began.
        }
    };
}

function onLines(stream: NodeJS.ReadableStream, onLine: ((line: string) => void) | undefined): void {
    let line = "";
    stream.on("data", (text: string) => {
        const lines = (line + text).split("\n");
        line = lines.pop() ?? "";
        lines.forEach((full) => onLine?.(full));
    });
}
