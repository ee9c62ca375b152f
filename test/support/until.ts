import assert from "node:assert/strict";
import { pause } from "../../lib/system/pause";

/**
 * Asks until there is an answer, and returns it.
 *
 * @throws AssertionError when there is none within `timeoutMs`, 30 s.
 */
export async function until<T>(
    what: string,
    ask: () => Promise<T | undefined>,
    timeoutMs = 30_000,
): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
        const answer = await ask();
        if (answer !== undefined) {
            return answer;
        }
        assert.ok(Date.now() < deadline, `waited ${timeoutMs / 1000} s for ${what}`);
        await pause(100);
    }
}
