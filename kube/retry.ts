import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "./apiError";

/** How often and how patiently a request is repeated. */
export interface RetryPolicy {
    /** Attempts in all, the first included. */
    readonly attempts: number;
    /** Milliseconds before the second attempt; doubled each time. */
    readonly firstDelayMs: number;
    /** The longest wait between two attempts, in milliseconds. */
    readonly maxDelayMs: number;
}

/** More than half a minute in all: an API server's restart fits. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = { attempts: 14, firstDelayMs: 100, maxDelayMs: 6_000 };

/** A report is for somebody who waits: a few seconds, not an API server's restart. */
export const READ_RETRIES: RetryPolicy = { attempts: 5, firstDelayMs: 100, maxDelayMs: 2_000 };

/** Milliseconds to wait before attempt `attempt + 1`: exponential, with full jitter in its upper half, or as the server asks. */
export function retryDelay(
    policy: RetryPolicy,
    attempt: number,
    error: ApiError,
    random: () => number = Math.random,
): number {
    const ceiling = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
    const jittered = ceiling / 2 + (ceiling / 2) * random();
    return Math.max(jittered, Math.min((error.retryAfter ?? 0) * 1000, policy.maxDelayMs));
}

/**
 * Repeats what failed for a reason that passes: 429, 5xx, a timeout, a lost connection. Whatever is repeated must be safe to
 * be done twice, since a lost answer does not say whether the request arrived.
 *
 * @throws the last error when the attempts are used up; any other error at once; the signal's reason when aborted
 */
export async function withRetries<T>(
    work: () => Promise<T>,
    policy: RetryPolicy = DEFAULT_RETRY_POLICY,
    signal?: AbortSignal,
): Promise<T> {
    for (let attempt = 1; ; attempt++) {
        signal?.throwIfAborted();
        try {
            return await work();
        } catch (error) {
            signal?.throwIfAborted();
            if (!(error instanceof ApiError) || !error.transient || attempt >= policy.attempts) {
                throw error;
            }
            await sleep(retryDelay(policy, attempt, error), undefined, { signal }).catch(() => undefined);
        }
    }
}
