import { RequestError } from "../lib/http/retry";

/** The {@link ApiError.reason} where a kubeconfig's user could not be asked who it is. */
export const NO_CREDENTIALS = "NoCredentials";

/** The API server refused a request, or could not be reached. */
export class ApiError extends RequestError {
    public constructor(
        message: string,
        /** HTTP status; `undefined` where no whole answer came: a reset connection, a timeout. */
        public readonly status: number | undefined,
        /** The `reason` of the API's Status object (`Conflict`, `Expired`), or the code of the socket's error (`ECONNRESET`). */
        public readonly reason: string,
        options?: ErrorOptions & { readonly retryAfterMs?: number },
    ) {
        super(message, options);
    }

    /** Whether the same request may succeed a moment later: overload, an API server that restarts, a lost connection. */
    public override get transient(): boolean {
        return (
            this.status === undefined ||
            this.status === 429 ||
            (this.status >= 500 && this.status !== 501) ||
            // What the API server's own authorizer answers while it starts is a 403 that says so.
            (this.status === 403 && /not yet (ready|synced)/i.test(this.message))
        );
    }
}
