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

/** What a command asks between its steps, and what it may leave alone. */
export interface Steps {
    /**
     * @param left what is done by then, and what is not, where nothing more may be begun
     * @throws MendableError with it, and with the interruption's exit code, once there was a signal
     */
    readonly begin: (left: string) => void;
    /** The outcome of work that changes nothing; it is not waited for once there was a signal, and throws as `begin` does. */
    readonly look: <T>(work: Promise<T>, left: string) => Promise<T>;
}

/**
 * Does the work of a command that no signal cuts off in the middle of a step: what was begun is finished, and nothing more is begun.
 *
 * @returns the work's exit code, or that of the interruption
 */
export async function stepByStep(
    io: { readonly interruption: typeof interruption; readonly err: (text: string) => void },
    work: (steps: Steps) => Promise<number>,
): Promise<number> {
    const interrupted = io.interruption((signal) => {
        io.err(`${signal}: what was begun is finished, and nothing more is begun`);
    });
    const { signal } = interrupted;
    const stopped = (left: string) => {
        const { message } = signal.reason as Error;
        return new MendableError(`${message}: ${left}`, { exitCode: interrupted.exitCode() });
    };
    const begin = (left: string) => {
        if (signal.aborted) {
            throw stopped(left);
        }
    };
    const look = async <T>(looking: Promise<T>, left: string): Promise<T> => {
        try {
            return await unlessAborted(looking, signal);
        } catch (error) {
            throw signal.aborted ? stopped(left) : error;
        }
    };
    try {
        const exitCode = await work({ begin, look });
        return interrupted.exitCode() ?? exitCode;
    } finally {
        interrupted.end();
    }
}

/**
 * Does work that changes nothing, which a signal therefore ends at once.
 *
 * @param left what was not done by then: `nothing was changed`
 * @throws MendableError with it, and with the interruption's exit code, once there was a signal
 */
export async function onlyLooking<T>(
    io: { readonly interruption: typeof interruption },
    left: string,
    work: () => Promise<T>,
): Promise<T> {
    const interrupted = io.interruption(() => undefined);
    const { signal } = interrupted;
    try {
        return await unlessAborted(work(), signal);
    } catch (error) {
        if (!signal.aborted) {
            throw error;
        }
        const { message } = signal.reason as Error;
        throw new MendableError(`${message}: ${left}`, { exitCode: interrupted.exitCode() });
    } finally {
        interrupted.end();
    }
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
