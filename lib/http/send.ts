import * as http from "node:http";
import * as https from "node:https";
import { MendableError } from "../text/mendableError";
import { printableLine } from "../text/printable";
import { whileWaiting } from "../system/whileWaiting";
import { CONNECTION_ERRORS, TRANSIENT_STATUSES, TransientError, retryAfterMs } from "./retry";

/** Bytes of an answer that are read unless the caller wants more, and characters of it that an error quotes. */
const MAX_BODY_BYTES = 16 * 1024;
const MAX_QUOTED = 300;

/** Redirects that are followed, where they are followed at all. */
const MAX_REDIRECTS = 5;

/** One request of a client that shows credentials to some and not to others. */
export interface HttpRequest {
    /** Begins every error: `the registry "ghcr.io"`. */
    readonly who: string;
    readonly url: URL | string;
    /** `GET` by default. */
    readonly method?: "GET" | "HEAD" | "POST" | "PATCH";
    /** Names in lower case. */
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    /** Whether the body is a credential, as the form is that exchanges an identity token. */
    readonly secretBody?: boolean;
    /** Milliseconds for the whole of it. */
    readonly timeoutMs: number;
    /** The authorities to trust, in PEM; Node's and those of NODE_EXTRA_CA_CERTS when left out. */
    readonly ca?: readonly string[];
    /** Where a private authority can be named, besides NODE_EXTRA_CA_CERTS. */
    readonly caSetting?: string;
    /** Where the proxies are named; the process's own environment when left out. */
    readonly env?: NodeJS.ProcessEnv;
    readonly maxBytes?: number;
}

/** A whole answer, or as much of it as the caller wanted. */
export interface HttpAnswer {
    readonly status: number;
    readonly headers: http.IncomingHttpHeaders;
    /** Without the credentials that were sent, should the server repeat them. */
    readonly body: string;
    /** Who answered in the end: another one than was asked where a redirect was followed. */
    readonly url: URL;
}

/**
 * Sends a request through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name, in upper or lower case; this machine
 * itself is asked directly. TLS is verified whatever the environment says. A redirect is followed by whoever shows no
 * credentials and changes nothing, and never from https to http: no credential reaches a host that it was not meant for.
 *
 * @throws TransientError for what is worth another attempt: no connection, no answer to a question, 429, 502, 503, 504
 * @throws MendableError otherwise; also where the URL holds a user or a password, which is not repeated
 */
export async function send(request: HttpRequest): Promise<HttpAnswer> {
    const { who, method = "GET", headers = {} } = request;
    const isOpen = !("authorization" in headers) && request.secretBody !== true;
    let url = checkedUrl(request.url, who);
    for (let redirects = 0; ; redirects++) {
        const answer = await sendOnce(request, url);
        const { location } = answer.headers;
        if (answer.status < 300 || answer.status >= 400 || location === undefined) {
            return answer;
        }
        const next = URL.canParse(location, url.href) ? checkedUrl(new URL(location, url), who) : undefined;
        const where = next === undefined ? "to no URL" : `to "${next.host}"`;
        if (!isOpen || (method !== "GET" && method !== "HEAD")) {
            throw new MendableError(
                `${who}: answered ${answer.status}, a redirect ${where}, which is not followed: credentials are for "${url.host}" alone`,
            );
        }
        if (next === undefined || (url.protocol === "https:" && next.protocol !== "https:")) {
            throw new MendableError(
                `${who}: answered ${answer.status}, a redirect ${where}; expected an https URL`,
            );
        }
        if (redirects === MAX_REDIRECTS) {
            throw new MendableError(`${who}: more than ${MAX_REDIRECTS} redirects, the last ${where}`);
        }
        url = next;
    }
}

/** What an answer says that is not as expected: `answered 500, expected 200: its text, clipped`. */
export function describeAnswer(
    { status, body }: Pick<HttpAnswer, "status" | "body">,
    expected?: string,
): string {
    const text = printableLine(body).trim();
    const quoted = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
    const instead = expected === undefined ? "" : `, expected ${expected}`;
    return `answered ${status}${instead}${quoted === "" ? "" : `: ${quoted}`}`;
}

/** Whether a host, with or without a port, is this machine. */
export function isLoopback(host: string): boolean {
    return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host);
}

function checkedUrl(value: URL | string, who: string): URL {
    const url = URL.canParse(String(value)) ? new URL(value) : undefined;
    if (url?.protocol !== "https:" && url?.protocol !== "http:") {
        throw new MendableError(`${who}: is no http or https URL`);
    }
    if (url.username !== "" || url.password !== "") {
        throw new MendableError(
            `${who}: the URL of "${url.host}" holds a user or a password, which logs would show; expected a URL without`,
        );
    }
    return url;
}

/** What came back over one connection. */
export interface RawAnswer extends Pick<HttpAnswer, "status" | "headers" | "body"> {
    readonly statusMessage: string;
    /** False where the connection was lost within the body, or more of it was not wanted. */
    readonly whole: boolean;
}

/**
 * Sends one request through Node's own client and reads its answer: the one place that does. Who calls it decides how long it may
 * take, and what an answer means.
 *
 * @returns the request, which can be given up by destroying it, and its answer, which rejects with the connection's error
 */
export function exchange(
    url: URL,
    options: https.RequestOptions,
    body?: string,
    maxBytes = Infinity,
): { readonly sent: http.ClientRequest; readonly answer: Promise<RawAnswer> } {
    const sent = (url.protocol === "https:" ? https : http).request(url, options);
    const answer = new Promise<RawAnswer>((resolve, reject) => {
        sent.on("error", reject);
        sent.once("response", (response) => {
            const chunks: Buffer[] = [];
            let length = 0;
            const finish = () => {
                resolve({
                    status: response.statusCode ?? 0,
                    statusMessage: response.statusMessage ?? "",
                    headers: response.headers,
                    body: Buffer.concat(chunks).toString("utf8"),
                    whole: response.complete,
                });
            };
            response.on("data", (chunk: Buffer) => {
                chunks.push(chunk);
                length += chunk.length;
                if (length >= maxBytes) {
                    finish();
                }
            });
            for (const event of ["end", "error", "aborted"]) {
                response.once(event, finish);
            }
        });
    });
    sent.end(body);
    return { sent, answer };
}

async function sendOnce(request: HttpRequest, url: URL): Promise<HttpAnswer> {
    const { who, method = "GET", headers = {}, timeoutMs, maxBytes = MAX_BODY_BYTES } = request;
    const library = url.protocol === "https:" ? https : http;
    const { sent, answer } = exchange(
        url,
        {
            method,
            headers,
            // A connection of its own: one that was kept open may just be closing.
            agent: new library.Agent({
                keepAlive: false,
                proxyEnv: isLoopback(url.host) ? undefined : (request.env ?? process.env),
            }),
            ca: request.ca === undefined ? undefined : [...request.ca],
            // Also where NODE_TLS_REJECT_UNAUTHORIZED=0 would switch it off.
            rejectUnauthorized: true,
        },
        request.body,
        maxBytes,
    );
    const timer = setTimeout(() => {
        sent.destroy(lateError(request, sent.writableFinished));
    }, timeoutMs);
    try {
        // The status is known; a body that breaks off does not change what it says.
        const { status, headers: answered, body } = await whileWaiting(who, () => answer);
        const text = withoutCredentials(body, headers);
        if (TRANSIENT_STATUSES.has(status)) {
            const said = describeAnswer({ status, body: request.secretBody === true ? "" : text });
            throw new TransientError(`${who}: ${said}`, {
                retryAfterMs: retryAfterMs(answered["retry-after"]),
            });
        }
        return { status, headers: answered, body: text, url };
    } catch (error) {
        throw describeFailure(request, error as Error);
    } finally {
        clearTimeout(timer);
        sent.destroy();
    }
}

function withoutCredentials(text: string, headers: Readonly<Record<string, string>>): string {
    const secret = headers["authorization"]?.replace(/^\S+\s+/, "") ?? "";
    return secret === "" ? text : text.replaceAll(secret, "(the token)");
}

function lateError({ who, method = "GET", timeoutMs }: HttpRequest, isSent: boolean): Error {
    const within = `within ${timeoutMs / 1000} s`;
    if (!isSent) {
        return new TransientError(`${who}: no connection ${within}`);
    }
    return method === "GET" || method === "HEAD"
        ? new TransientError(`${who}: no answer ${within}`)
        : new MendableError(
              `${who}: no answer ${within}; whether it was accepted is unknown: run this again`,
          );
}

/** Without a cause, which is printed too and may hold the request's headers. */
function describeFailure({ who, caSetting }: HttpRequest, error: Error): Error {
    if (error instanceof MendableError) {
        return error;
    }
    // Several addresses fail together.
    const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
    const { code = "", message } = first as NodeJS.ErrnoException;
    if (CONNECTION_ERRORS.has(code)) {
        return new TransientError(`${who}: no connection (${code})`);
    }
    if (/CERT|SELF_SIGNED|TLS|SSL|VERIFY|ISSUER/.test(code)) {
        const setting = caSetting === undefined ? "" : `${caSetting}, or with `;
        return new MendableError(
            `${who}: its TLS certificate is refused (${code}); expected one of a known authority: ` +
                `name a private one with ${setting}NODE_EXTRA_CA_CERTS`,
        );
    }
    return new MendableError(`${who}: ${printableLine(message)}${code === "" ? "" : ` (${code})`}`);
}
