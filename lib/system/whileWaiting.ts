/** Milliseconds after which somebody who waits wants to know for what. */
const QUIET_MS = 10_000;

/**
 * Waits for work, and says every ten seconds for what.
 *
 * @param what ends the sentence "waiting for …": `the API server of the context "prod"`
 * @param say prints a line; nothing is said when left out
 */
export async function whileWaiting<T>(
    what: string,
    work: Promise<T>,
    say: (line: string) => void = () => undefined,
): Promise<T> {
    let seconds = 0;
    const timer = setInterval(() => {
        seconds += QUIET_MS / 1000;
        say(`still waiting for ${what} (${seconds} s)`);
    }, QUIET_MS);
    try {
        return await work;
    } finally {
        clearInterval(timer);
    }
}
