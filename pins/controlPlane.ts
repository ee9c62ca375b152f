import * as fs from "node:fs";
import * as https from "node:https";
import * as path from "node:path";
import * as tls from "node:tls";
import type { ControlPlaneConfig } from "../platform/promotionConfig";
import type { Announce } from "./moveEnvironment";
import {
    CONNECTION_ERRORS,
    DEFAULT_PATIENCE,
    type Patience,
    TRANSIENT_STATUSES,
    TransientError,
    retryAfterMs,
    retry,
} from "../lib/http/retry";
import { printableLine } from "../lib/text/printable";

/** Where a control plane takes promotions, below its base URL. */
const PROMOTE_PATH = "/cp/admin/runtime-image/promote";

/** Bytes of an answer that are read, and characters of it that an error quotes. */
const MAX_BODY_BYTES = 16 * 1024;
const MAX_QUOTED = 300;

/** An answer of the control plane, or of whatever stands in front of it. */
interface Answer {
    readonly status: number;
    readonly retryAfter: string | undefined;
    readonly body: string;
}

/**
 * Tells a control plane of pins: `POST <url>/cp/admin/runtime-image/promote` with `template_name` and `digest`. Anything but
 * 200 and 201 is an error with status and a clipped body; a redirect is not followed, so the token goes nowhere else.
 * TLS is verified whatever the environment says. Safe to repeat: a promotion sets a digest.
 *
 * @param token sent as a bearer token, and removed from every text that comes back
 */
export function connectControlPlane(
    config: ControlPlaneConfig,
    token: string,
    root: string,
    patience: Patience = DEFAULT_PATIENCE,
): Announce {
    const url = new URL(`${config.url.replace(/\/+$/, "")}${PROMOTE_PATH}`);
    return async (runtime, digest) => {
        const body = JSON.stringify({ template_name: config.templateNames.get(runtime) ?? runtime, digest });
        const clean = (text: string) => (token === "" ? text : text.replaceAll(token, "(the token)"));
        try {
            await retry(async () => {
                const answer = await post(url, token, body, authorities(config, root), patience.timeoutMs);
                // Before it is clipped, which could leave a part of the token.
                judge({ ...answer, body: clean(answer.body) });
            }, patience);
        } catch (error) {
            // Without its cause, which is printed too, and could hold the token.
            // eslint-disable-next-line preserve-caught-error
            throw new Error(clean(`POST ${url.href}: ${(error as Error).message}`));
        }
    };
}

function judge({ status, retryAfter, body }: Answer): void {
    if (status === 200 || status === 201) {
        return;
    }
    const text = printableLine(body).trim();
    const quoted = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
    const message = `answered ${status}, expected 200 or 201${quoted === "" ? "" : `: ${quoted}`}`;
    throw TRANSIENT_STATUSES.has(status)
        ? new TransientError(message, { retryAfterMs: retryAfterMs(retryAfter) })
        : new Error(message);
}

/** The public certificate authorities, those of NODE_EXTRA_CA_CERTS, and the control plane's own. */
function authorities({ caFile }: ControlPlaneConfig, root: string): string[] | undefined {
    if (caFile === undefined) {
        return undefined;
    }
    let own: string;
    try {
        own = fs.readFileSync(path.resolve(root, caFile), "utf8");
    } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        throw new Error(`caFile: "${caFile}": cannot be read (${code}); expected a PEM file`, {
            cause: error,
        });
    }
    return [...tls.getCACertificates("default"), own];
}

function post(
    url: URL,
    token: string,
    body: string,
    ca: string[] | undefined,
    timeoutMs: number,
): Promise<Answer> {
    return new Promise((resolve, reject) => {
        let connected = false;
        const request = https.request(url, {
            method: "POST",
            headers: {
                accept: "application/json",
                authorization: `Bearer ${token}`,
                "content-type": "application/json",
                "content-length": Buffer.byteLength(body),
            },
            ...(ca === undefined ? {} : { ca }),
            // A connection of its own: one that was kept open may just be closing.
            agent: false,
            // Also where NODE_TLS_REJECT_UNAUTHORIZED=0 would switch it off.
            rejectUnauthorized: true,
        });
        const timer = setTimeout(() => {
            const within = `within ${timeoutMs / 1000} s`;
            request.destroy(
                connected
                    ? new Error(`no answer ${within}; whether it was accepted is unknown: run this again`)
                    : new TransientError(`no connection ${within}`),
            );
        }, timeoutMs);
        const finish = (end: () => void) => {
            clearTimeout(timer);
            end();
        };
        request.on("socket", (socket) => {
            socket.once("secureConnect", () => {
                connected = true;
            });
        });
        request.once("error", (error) => {
            finish(() => {
                reject(describeFailure(error));
            });
        });
        request.once("response", (response) => {
            const chunks: Buffer[] = [];
            let length = 0;
            const answer = () => {
                finish(() => {
                    resolve({
                        status: response.statusCode ?? 0,
                        retryAfter: response.headers["retry-after"],
                        body: Buffer.concat(chunks).toString("utf8"),
                    });
                });
                request.destroy();
            };
            response.on("data", (chunk: Buffer) => {
                chunks.push(chunk);
                length += chunk.length;
                if (length >= MAX_BODY_BYTES) {
                    answer();
                }
            });
            response.once("end", answer);
            // The status is known; a body that breaks off does not change what it says.
            response.once("error", answer);
            response.once("aborted", answer);
        });
        request.end(body);
    });
}

function describeFailure(error: Error): Error {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof TransientError || code === undefined) {
        return error;
    }
    if (CONNECTION_ERRORS.has(code)) {
        return new TransientError(`no connection (${code})`);
    }
    if (/CERT|SELF_SIGNED|TLS|SSL|VERIFY|ISSUER/.test(code)) {
        return new Error(
            `its TLS certificate is refused (${code}); expected one of a known authority: ` +
                "name a private one with caFile under platform:promotion.controlPlane, or with NODE_EXTRA_CA_CERTS",
        );
    }
    return new Error(`${error.message} (${code})`);
}
