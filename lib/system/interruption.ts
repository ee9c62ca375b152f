/** A command that can be interrupted without leaving half of anything. */
export interface Interruption {
    /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
    readonly signal: AbortSignal;
    /** 128 and the signal's number, once there was one. */
    readonly exitCode: () => number | undefined;
    /** Gives the signals back. */
    readonly end: () => void;
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Turns the first signal into an abort, and ends the process at the second one: whoever presses Ctrl-C twice means it. */
export function interruption(onFirst: (signal: string) => void): Interruption {
    const controller = new AbortController();
    let code: number | undefined;
    const handlers = Object.entries(SIGNALS).map(([name, number]) => {
        const handler = () => {
            if (controller.signal.aborted) {
                process.exit(128 + number);
            }
            code = 128 + number;
            onFirst(name);
            controller.abort(new Error(`interrupted by ${name}`));
        };
        process.on(name, handler);
        return { name, handler };
    });
    return {
        signal: controller.signal,
        exitCode: () => code,
        end: () => {
            for (const { name, handler } of handlers) {
                process.off(name, handler);
            }
        },
    };
}
