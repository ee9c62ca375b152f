import * as fs from "node:fs";
import * as http from "node:http";
import type * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { MendableError } from "../lib/text/mendableError";
import { retryAfterMs } from "../lib/http/retry";
import { type RawAnswer, exchange } from "../lib/http/send";
import { whileWaiting } from "../lib/system/whileWaiting";
import { ApiError, NO_CREDENTIALS } from "./apiError";
import { useTokenFiles } from "./tokenFiles";

/** One request to the API server. */
export interface KubeRequest {
    readonly method?: "GET" | "PATCH" | "POST";
    /** `/api/v1/namespaces` */
    readonly path: string;
    /** Parameters; those that are `undefined` are left out. */
    readonly query?: Readonly<Record<string, string | undefined>>;
    readonly contentType?: string;
    /** JSON when left out. */
    readonly accept?: string;
    readonly body?: unknown;
    readonly signal?: AbortSignal;
}

/** A connection to one cluster. */
export interface KubeClient {
    /** The kubeconfig context that it was made from. */
    readonly context: string;
    /** Sends one request, once, and returns the answer's JSON. @throws ApiError */
    readonly request: (request: KubeRequest) => Promise<unknown>;
    /** Requests sent so far, for whoever promises a number of them. */
    readonly requestCount: () => number;
    /** Closes idle connections, so that the process can end. */
    readonly close: () => void;
}

/** Which cluster to connect to. */
export interface ConnectOptions {
    /** Path of the kubeconfig; the environment's (`KUBECONFIG`, `~/.kube/config`) when left out. */
    readonly kubeconfig?: string;
    /** The context; the current one when left out. */
    readonly context?: string;
    /** Milliseconds without any answer after which a request counts as lost. */
    readonly timeoutMs?: number;
    /** Connections at most. */
    readonly connections?: number;
}

/**
 * Connects by a kubeconfig, with all its ways to authenticate. Answers are plain JSON: the typed client turns each object of
 * a list into an instance of a class, which for a thousand orgs takes longer than the API server does.
 *
 * @throws MendableError when there is no such kubeconfig or context
 */
export async function connectKube(options: ConnectOptions = {}): Promise<KubeClient> {
    const config = await loadKubeConfig(options);
    return createKubeClient(config, options);
}

/** As {@link connectKube}, from a kubeconfig that was loaded already. */
export function createKubeClient(
    config: KubeConfig,
    { timeoutMs = 30_000, connections = 24 }: Pick<ConnectOptions, "timeoutMs" | "connections"> = {},
): KubeClient {
    const server = new URL(config.getCurrentCluster()?.server ?? "");
    let count = 0;
    let agent: http.Agent | undefined;

    const request = async (what: KubeRequest): Promise<unknown> => {
        const options: https.RequestOptions = {};
        // Each time, since a token may have run out; certificates and agent are cached by the library.
        try {
            await config.applyToHTTPSOptions(options);
        } catch (error) {
            // A plugin that failed once may answer the next time, so it counts as a request that was lost.
            throw new ApiError(
                `the context "${config.getCurrentContext()}" has no usable credentials: ${(error as Error).message}`,
                undefined,
                NO_CREDENTIALS,
            );
        }
        const { agent: given } = options;
        if (given instanceof http.Agent && given !== agent) {
            agent = given;
            Object.assign(agent, { keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
        }
        count++;
        return whileWaiting(
            `the API server of the context "${config.getCurrentContext()}" (${what.method ?? "GET"} ${what.path})`,
            () => send(server, options, what, timeoutMs),
        );
    };
    return {
        context: config.getCurrentContext(),
        request,
        requestCount: () => count,
        close: () => agent?.destroy(),
    };
}

/**
 * Which cluster a command means: what the operator says, else what the stack's settings say. The settings' kubeconfig is for
 * their own context, and not for one that the operator names.
 */
export function chooseCluster(
    said: Pick<ConnectOptions, "context" | "kubeconfig">,
    settings: { readonly kubeContext?: string; readonly kubeconfig?: string } = {},
): Pick<ConnectOptions, "context" | "kubeconfig"> {
    return {
        context: said.context ?? settings.kubeContext,
        kubeconfig: said.kubeconfig ?? (said.context === undefined ? settings.kubeconfig : undefined),
    };
}

/** The context that the library makes up, of localhost:8080, where it finds no kubeconfig and no pod's ServiceAccount. */
const OF_NOTHING = "loaded-context";

/**
 * Reads a kubeconfig, and makes the context its current one.
 *
 * @throws MendableError when there is no such file, context or cluster
 */
export async function loadKubeConfig({ kubeconfig, context }: ConnectOptions): Promise<KubeConfig> {
    // As the ES module that it is: required from here, each of its 800 files would be translated first, which takes a second.
    const { KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    try {
        if (kubeconfig === undefined) {
            config.loadFromDefault();
        } else {
            config.loadFromFile(kubeconfig);
        }
        useTokenFiles(config, kubeconfig === undefined ? defaultFiles() : [kubeconfig]);
    } catch (error) {
        throw new MendableError(
            `the kubeconfig ${kubeconfig === undefined ? "" : `"${kubeconfig}" `}cannot be read: ${(error as Error).message}`,
        );
    }
    if (
        kubeconfig === undefined &&
        config.getContextObject(OF_NOTHING) !== null &&
        defaultFiles().length === 0
    ) {
        throw new MendableError(
            "there is no kubeconfig: KUBECONFIG names none, and ~/.kube/config is not there; expected one" +
                (context === undefined ? "" : ` with the context "${context}"`),
        );
    }
    if (context !== undefined) {
        if (config.getContextObject(context) === null) {
            const known = config.getContexts().map(({ name }) => `"${name}"`);
            throw new MendableError(
                `the kubeconfig ${kubeconfig === undefined ? "" : `"${kubeconfig}" `}has no context "${context}", ` +
                    `expected ${known.length === 0 ? "at least one" : `one of ${known.join(", ")}`}`,
            );
        }
        config.setCurrentContext(context);
    }
    if (config.getCurrentCluster() === null) {
        throw new MendableError("the kubeconfig names no cluster; expected a context, see --context");
    }
    return config;
}

/** The kubeconfigs that the environment names. */
function defaultFiles(): readonly string[] {
    const named = process.env["KUBECONFIG"]?.split(path.delimiter) ?? [];
    const files = named.filter((file) => file !== "");
    return (files.length > 0 ? files : [path.join(os.homedir(), ".kube", "config")]).filter(fs.existsSync);
}

async function send(
    server: URL,
    options: https.RequestOptions,
    { method = "GET", path, query = {}, contentType = "application/json", accept, body, signal }: KubeRequest,
    timeoutMs: number,
): Promise<unknown> {
    const url = new URL(server.pathname.replace(/\/$/, "") + path, server);
    for (const [name, value] of Object.entries(query)) {
        if (value !== undefined) {
            url.searchParams.set(name, value);
        }
    }
    const headers: http.OutgoingHttpHeaders = {
        ...(options.headers as http.OutgoingHttpHeaders | undefined),
        Accept: accept ?? "application/json",
        "User-Agent": "customer-orgs-fleet",
        ...(body === undefined ? {} : { "Content-Type": contentType }),
    };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const { sent, answer } = exchange(url, { ...options, method, headers, signal }, text);
    sent.setTimeout(timeoutMs, () => {
        sent.destroy(socketError("ETIMEDOUT", `no answer within ${timeoutMs / 1000} s`));
    });
    try {
        const got = await answer;
        if (!got.whole) {
            throw socketError("ECONNRESET", "the connection was lost within the answer");
        }
        return readAnswer(got, `${method} ${path}`);
    } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof ApiError) {
            throw error;
        }
        const { message, code, name } = error as NodeJS.ErrnoException;
        throw new ApiError(`${method} ${path}: ${message}`, undefined, code ?? name, { cause: error });
    }
}

function socketError(code: string, message: string): NodeJS.ErrnoException {
    return Object.assign(new Error(message), { code });
}

function readAnswer({ status, statusMessage, headers, body }: RawAnswer, what: string): unknown {
    let value: unknown;
    try {
        value = JSON.parse(body);
    } catch {
        value = undefined;
    }
    const ok = status >= 200 && status < 300;
    if (ok && value !== undefined) {
        return value;
    }
    const { message, reason } = (typeof value === "object" && value !== null ? value : {}) as {
        message?: unknown;
        reason?: unknown;
    };
    throw new ApiError(
        `${what}: ${status} ${typeof message === "string" ? message : body.slice(0, 200) || "no answer"}`,
        // A 200 that is cut off or is no JSON is no answer at all.
        ok ? undefined : status,
        typeof reason === "string" ? reason : statusMessage,
        { retryAfterMs: retryAfterMs(headers["retry-after"]) },
    );
}
