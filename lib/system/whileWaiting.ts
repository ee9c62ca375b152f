/** Milliseconds of silence after which somebody who waits wants to know for what. */
const QUIET_MS = 10_000;

/** What this process waits for now, the oldest first, with the time when that began. */
const waits = new Map<symbol, { readonly what: string; readonly since: number }>();

/**
 * Waits for work, and lets it be known for what: whoever reports waits ({@link reportWaits}) tells a person.
 *
 * @param what ends the sentence "waiting for …": `the API server of the context "prod"`
 */
export async function whileWaiting<T>(what: string, work: () => Promise<T>): Promise<T> {
    const key = Symbol(what);
    waits.set(key, { what, since: Date.now() });
    try {
        return await work();
    } finally {
        waits.delete(key);
    }
}

/**
 * Says what is waited for longest whenever nothing else was printed for ten seconds.
 *
 * @param say prints a line
 * @param lastPrinted when anything was printed last, in milliseconds since 1970
 * @returns ends it
 */
export function reportWaits(
    say: (line: string) => void,
    lastPrinted: () => number,
    quietMs = QUIET_MS,
): () => void {
    const timer = setInterval(() => {
        const [oldest] = waits.values();
        if (oldest === undefined || Date.now() - lastPrinted() < quietMs) {
            return;
        }
        const seconds = Math.round((Date.now() - oldest.since) / 1000);
        // Of several that began one within the other, the first says most.
        say(`still waiting for ${oldest.what} (${seconds} s)`);
    }, quietMs / 10);
    timer.unref();
    return () => {
        clearInterval(timer);
    };
}
