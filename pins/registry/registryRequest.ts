import { CONNECTION_ERRORS, TRANSIENT_STATUSES, TransientError, retryAfterMs } from "../../lib/http/retry";

/** Plain HTTP on loopback alone, as Docker has it; Docker Hub's API has a host of its own. */
export function originOf(registry: string): string {
    const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
    return `${isLoopback(host) ? "http" : "https"}://${host}`;
}

/** Whether a host, with or without a port, is this machine. */
export function isLoopback(host: string): boolean {
    return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host);
}

/**
 * One request.
 *
 * @throws TransientError for what is worth another attempt: no answer, no connection, 429, 502, 503, 504
 */
export async function request(url: string, timeoutMs: number, init: RequestInit): Promise<Response> {
    const { host } = new URL(url);
    let answer: Response;
    try {
        answer = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
        throw describeFailure(host, timeoutMs, error);
    }
    if (TRANSIENT_STATUSES.has(answer.status)) {
        await answer.body?.cancel();
        throw new TransientError(`the registry "${host}" answered ${answer.status}`, {
            retryAfterMs: retryAfterMs(answer.headers.get("retry-after")),
        });
    }
    return answer;
}

/** fetch hides why it failed in the cause, and of several addresses in the causes of that. */
function describeFailure(host: string, timeoutMs: number, error: unknown): Error {
    if (error instanceof Error && error.name === "TimeoutError") {
        return new TransientError(`the registry "${host}" gave no answer within ${timeoutMs / 1000} s`);
    }
    const cause: unknown = error instanceof Error ? error.cause : undefined;
    const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
    const { code, message } = (first ?? error) as { readonly code?: string; readonly message?: string };
    return code !== undefined && CONNECTION_ERRORS.has(code)
        ? new TransientError(`the registry "${host}" cannot be reached (${code})`)
        : new Error(
              `the registry "${host}" cannot be asked: ${message ?? String(error)}${code === undefined ? "" : ` (${code})`}`,
          );
}
