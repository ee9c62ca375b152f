import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits some milliseconds, or until the signal is aborted.
 *
 * @throws the signal's own reason when aborted; the timer alone would throw an error that does not name it.
 */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    try {
        await sleep(milliseconds, undefined, { signal });
    } catch (error) {
        signal?.throwIfAborted();
        throw error;
    }
}
