import { whileWaiting } from "../system/whileWaiting";
import { pause } from "../system/pause";
import { MendableError, type MendableErrorOptions } from "../text/mendableError";

/** A request failed. Whether the same one may succeed a moment later, the error says of itself. */
export class RequestError extends MendableError {
    /** Milliseconds after which the server wants to be asked again, where it said so. */
    public readonly retryAfterMs?: number;

    public constructor(
        message: string,
        { retryAfterMs, ...options }: MendableErrorOptions & { readonly retryAfterMs?: number } = {},
    ) {
        super(message, options);
        this.retryAfterMs = retryAfterMs;
    }

    /** Whether the same request may succeed a moment later. */
    public get transient(): boolean {
        return false;
    }
}

/** A request failed for a reason that passes. */
export class TransientError extends RequestError {
    public override get transient(): boolean {
        return true;
    }
}

/** How often and how patiently a request is repeated. */
export interface RetryPolicy {
    /** Attempts in all, the first included. */
    readonly attempts: number;
    /** Milliseconds before the second attempt; doubled each time. */
    readonly firstDelayMs: number;
    /** The longest wait between two attempts, in milliseconds. */
    readonly maxDelayMs: number;
    /** A server that asks for a longer wait is not waited for; without it, it is asked again after `maxDelayMs`. */
    readonly maxRetryAfterMs?: number;
}

/** How a request is repeated, and how long each attempt may take. */
export interface Patience extends RetryPolicy {
    /** Milliseconds for one attempt. */
    readonly timeoutMs: number;
}

/** About half a minute of waiting in all. */
export const DEFAULT_PATIENCE: Patience = {
    attempts: 6,
    firstDelayMs: 500,
    maxDelayMs: 15_000,
    maxRetryAfterMs: 15_000,
    timeoutMs: 20_000,
};

/** HTTP statuses that say "later": too many requests, and a gateway whose server is away. */
export const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Error codes of a connection that could not be made or was lost: https://nodejs.org/api/errors.html#common-system-errors */
export const CONNECTION_ERRORS: ReadonlySet<string> = new Set([
    "ECONNREFUSED",
    "ECONNRESET",
    "ECONNABORTED",
    "EPIPE",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "ETIMEDOUT",
    "UND_ERR_CONNECT_TIMEOUT",
    "UND_ERR_SOCKET",
]);

/**
 * Repeats what failed with a {@link RequestError} for a reason that passes, with exponential backoff and jitter. Whatever is
 * repeated must be safe to be done twice: a lost answer does not say whether the request arrived.
 *
 * @throws the last error, with the number of attempts, when they are used up; any other error at once; the signal's reason
 * when aborted
 */
export async function retry<T>(
    work: () => Promise<T>,
    policy: RetryPolicy,
    signal?: AbortSignal,
): Promise<T> {
    for (let attempt = 1; ; attempt++) {
        signal?.throwIfAborted();
        try {
            return await work();
        } catch (error) {
            signal?.throwIfAborted();
            if (!(error instanceof RequestError) || !error.transient) {
                throw error;
            }
            const late = (error.retryAfterMs ?? 0) > (policy.maxRetryAfterMs ?? Infinity);
            if (attempt >= policy.attempts || late) {
                error.message += ` (tried ${attempt === 1 ? "once" : `${attempt} times`})`;
                throw error;
            }
            await whileWaiting(`another attempt, since ${error.message}`, () =>
                pause(retryDelay(policy, attempt, error), signal),
            );
        }
    }
}

/** Milliseconds to wait before attempt `attempt + 1`: exponential, with full jitter in its upper half, or as the server asks. */
export function retryDelay(
    { firstDelayMs, maxDelayMs, maxRetryAfterMs = maxDelayMs }: RetryPolicy,
    attempt: number,
    { retryAfterMs = 0 }: RequestError,
    random: () => number = Math.random,
): number {
    const ceiling = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1));
    return Math.max((ceiling / 2) * (1 + random()), Math.min(retryAfterMs, maxRetryAfterMs));
}

/** Reads a Retry-After header, seconds or a date, as milliseconds from now: RFC 9110, 10.2.3. */
export function retryAfterMs(header: string | null | undefined, now = Date.now()): number | undefined {
    if (header === null || header === undefined) {
        return undefined;
    }
    const seconds = /^\d{1,6}$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
    return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined;
}
