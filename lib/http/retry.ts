import { setTimeout as sleep } from "node:timers/promises";

/** A request failed for a reason that passes: the same request may succeed a moment later. */
export class TransientError extends Error {
    public constructor(
        message: string,
        /** Milliseconds after which the server wants to be asked again, where it said so. */
        public readonly retryAfterMs?: number,
        options?: ErrorOptions,
    ) {
        super(message, options);
        this.name = "TransientError";
    }
}

/** How often and how patiently a request is repeated. */
export interface Patience {
    /** Attempts in all, the first included. */
    readonly attempts: number;
    /** Milliseconds before the second attempt; doubled each time. */
    readonly firstDelayMs: number;
    /** The longest wait between two attempts, in milliseconds; a server that asks for more is not waited for. */
    readonly maxDelayMs: number;
    /** Milliseconds for one attempt. */
    readonly timeoutMs: number;
}

/** About half a minute of waiting in all. */
export const DEFAULT_PATIENCE: Patience = {
    attempts: 6,
    firstDelayMs: 500,
    maxDelayMs: 15_000,
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
 * Repeats what failed with a {@link TransientError}, with exponential backoff and jitter.
 *
 * @throws the last error, with the number of attempts, when they are used up; any other error at once
 */
export async function retryTransient<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
    for (let attempt = 1; ; attempt++) {
        try {
            return await work();
        } catch (error) {
            if (!(error instanceof TransientError)) {
                throw error;
            }
            const ceiling = Math.min(patience.maxDelayMs, patience.firstDelayMs * 2 ** (attempt - 1));
            const asked = error.retryAfterMs ?? 0;
            if (attempt >= patience.attempts || asked > patience.maxDelayMs) {
                const times = attempt === 1 ? "once" : `${attempt} times`;
                throw new Error(`${error.message} (tried ${times})`, { cause: error });
            }
            await sleep(Math.max(asked, (ceiling / 2) * (1 + Math.random())));
        }
    }
}

/** Reads a Retry-After header, seconds or a date, as milliseconds from now: RFC 9110, 10.2.3. */
export function retryAfterMs(header: string | null | undefined, now = Date.now()): number | undefined {
    if (header === null || header === undefined) {
        return undefined;
    }
    const seconds = /^\d{1,6}$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
    return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined;
}
