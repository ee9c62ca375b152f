import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";

/** One request on its way to the API server. */
export interface PassingRequest {
    readonly method: string;
    /** With its query. */
    readonly path: string;
}

/**
 * What the proxy does with a request: passes it on (`undefined`); answers with a status itself, and with a
 * Retry-After of as many seconds to a 429 (0); cuts the connection before the
 * request arrives (`reset`); or passes it on and cuts the connection before the answer (`lose-answer`).
 */
export type Fault =
    undefined | { readonly status: number; readonly retryAfter?: number } | "reset" | "lose-answer";

/** An HTTP proxy before an API server that fails requests as a test says. */
export interface FaultProxy {
    /** Leads to the proxy. */
    readonly kubeConfig: KubeConfig;
    readonly close: () => Promise<void>;
}

/** Starts a proxy on loopback before the API server of a kubeconfig. `decide` may take its time, and do things meanwhile. */
export async function startFaultProxy(
    kubeconfigPath: string,
    decide: (request: PassingRequest) => Fault | Promise<Fault>,
): Promise<FaultProxy> {
    const target = new KubeConfig();
    target.loadFromString(fs.readFileSync(kubeconfigPath, "utf8"));
    const options: https.RequestOptions = {};
    await target.applyToHTTPSOptions(options);
    const agent = new https.Agent({ ca: options.ca, cert: options.cert, key: options.key, keepAlive: true });
    const server = http.createServer((request, answer) => {
        const { method = "GET", url: path = "/" } = request;
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
            void (async () => {
                const fault = await decide({ method, path });
                if (fault === "reset") {
                    request.socket.destroy();
                    return;
                }
                if (typeof fault === "object") {
                    answer.writeHead(fault.status, {
                        "content-type": "application/json",
                        ...(fault.status === 429 ? { "retry-after": String(fault.retryAfter ?? 0) } : {}),
                    });
                    answer.end(
                        JSON.stringify({ kind: "Status", message: "made up by the test", reason: "Test" }),
                    );
                    return;
                }
                const headers = { ...request.headers };
                delete headers.host;
                const forwarded = https.request(
                    new URL(path, target.getCurrentCluster()?.server),
                    {
                        method,
                        agent,
                        headers,
                    },
                    (response) => {
                        if (fault === "lose-answer") {
                            response.resume().on("end", () => request.socket.destroy());
                            return;
                        }
                        answer.writeHead(response.statusCode ?? 502, response.headers);
                        response.pipe(answer);
                    },
                );
                forwarded.on("error", () => request.socket.destroy());
                forwarded.end(Buffer.concat(chunks));
            })().catch(() => request.socket.destroy());
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromOptions({
        clusters: [{ name: "proxy", server: `http://127.0.0.1:${port}`, skipTLSVerify: true }],
        users: [{ name: "proxy" }],
        contexts: [{ name: "proxy", cluster: "proxy", user: "proxy" }],
        currentContext: "proxy",
    });
    return {
        kubeConfig,
        close: async () => {
            agent.destroy();
            server.closeAllConnections();
            await new Promise((resolve) => server.close(resolve));
        },
    };
}
