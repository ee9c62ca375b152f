import { MendableError } from "../lib/text/mendableError";

/** The API server refused a request, or could not be reached. */
export class ApiError extends MendableError {
    public constructor(
        message: string,
        /** HTTP status; `undefined` where no whole answer came: a reset connection, a timeout. */
        public readonly status: number | undefined,
        /** The `reason` of the API's Status object (`Conflict`, `Expired`), or the code of the socket's error (`ECONNRESET`). */
        public readonly reason: string,
        /** Seconds after which the server wants to be asked again, where it said so. */
        public readonly retryAfter?: number,
        options?: ErrorOptions,
    ) {
        super(message, options);
    }

    /** Whether the same request may succeed a moment later: overload, an API server that restarts, a lost connection. */
    public get transient(): boolean {
        return (
            this.status === undefined ||
            this.status === 429 ||
            (this.status >= 500 && this.status !== 501) ||
            // What the API server's own authorizer answers while it starts is a 403 that says so.
            (this.status === 403 && /not yet (ready|synced)/i.test(this.message))
        );
    }

    /** Whether the object changed since it was read. */
    public get conflict(): boolean {
        return (
            this.status === 409 || (this.status === 422 && /test operation|testing path/i.test(this.message))
        );
    }
}
