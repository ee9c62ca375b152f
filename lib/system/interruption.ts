import { MendableError } from "../text/mendableError";

/** A command that can be interrupted without leaving half of anything. */
export interface Interruption {
    /** Aborted by the first SIGINT, SIGTERM or SIGHUP: nothing more is begun. Its reason ends the command with `exitCode()`. */
    readonly signal: AbortSignal;
    /** Aborted by the second: what runs is asked to stop. */
    readonly stop: AbortSignal;
    /** Aborted by the third: what runs is ended. */
    readonly kill: AbortSignal;
    /** 128 and the first signal's number, once there was one. */
    readonly exitCode: () => number | undefined;
    /** Gives the signals back. */
    readonly end: () => void;
}

/**
 * The outcome of work that may be left alone, since it changes nothing.
 *
 * @throws the signal's reason as soon as it is aborted
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
        const abort = () => {
            reject(signal.reason as Error);
        };
        signal.addEventListener("abort", abort, { once: true });
        if (signal.aborted) {
            abort();
        }
        work.then(resolve, reject).finally(() => {
            signal.removeEventListener("abort", abort);
        });
    });
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Turns signals into aborts. The process itself is ended by the second one, since whoever presses Ctrl-C twice means it; where
 * `stages` is 3, the second and third are for what the command runs, and the fourth ends it.
 *
 * @param onFirst says what the first one does
 */
export function interruption(onFirst: (signal: string) => void, stages: 1 | 3 = 1): Interruption {
    const controllers = [new AbortController(), new AbortController(), new AbortController()] as const;
    let code: number | undefined;
    const handlers = Object.entries(SIGNALS).map(([name, number]) => {
        const handler = () => {
            const next = controllers.slice(0, stages).find(({ signal }) => !signal.aborted);
            if (next === undefined) {
                process.exit(128 + number);
            }
            if (code === undefined) {
                code = 128 + number;
                onFirst(name);
            }
            next.abort(
                new MendableError(`interrupted by ${name}; run this again to finish it`, { exitCode: code }),
            );
        };
        process.on(name, handler);
        return { name, handler };
    });
    const [first, second, third] = controllers;
    return {
        signal: first.signal,
        stop: second.signal,
        kill: third.signal,
        exitCode: () => code,
        end: () => {
            for (const { name, handler } of handlers) {
                process.off(name, handler);
            }
        },
    };
}
