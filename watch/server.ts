import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { MendableError } from "../lib/text/mendableError";

/** Where to listen: an address of this machine and a port, 0 for any that is free. */
export interface Listen {
    readonly host: string;
    readonly port: number;
}

/** What a path answers. */
export interface Page {
    readonly status: number;
    readonly type: string;
    readonly body: string;
}

/**
 * Reads `127.0.0.1:9464`, `[::]:9464` or `9464`, which is on loopback.
 *
 * @throws MendableError when it is neither
 */
export function parseListen(text: string): Listen {
    const [, bracketed, plain, digits = ""] = /^(?:\[([0-9a-f:.]+)\]:|([^:\s]+):)?(\d+)$/i.exec(text) ?? [];
    const port = Number(digits);
    if (digits === "" || port > 65_535) {
        throw new MendableError(
            `--listen "${text}": expected an address and a port, such as "127.0.0.1:9464" or "0.0.0.0:9464"`,
        );
    }
    return { host: bracketed ?? plain ?? "127.0.0.1", port };
}

/**
 * Serves pages that are read only: GET and HEAD, nothing else.
 *
 * @param find what a path answers now; `undefined` for a path that there is not
 * @returns where it listens, and how it ends
 * @throws MendableError when it cannot listen there
 */
export async function serve(
    { host, port }: Listen,
    find: (path: string) => Page | undefined | Promise<Page | undefined>,
): Promise<{ readonly address: string; readonly close: () => Promise<void> }> {
    const server = http.createServer({ requestTimeout: 10_000 }, (request, answer) => {
        const reply = ({ status, type, body }: Page) => {
            const headers = {
                "content-type": type,
                "cache-control": "no-store",
                "x-content-type-options": "nosniff",
                "x-frame-options": "DENY",
            };
            answer.writeHead(status, headers).end(request.method === "HEAD" ? undefined : body);
        };
        const text = (status: number, body: string) => {
            reply({ status, type: "text/plain; charset=utf-8", body });
        };
        if (request.method !== "GET" && request.method !== "HEAD") {
            text(405, "this only reads: expected GET\n");
            return;
        }
        const [path = "/"] = (request.url ?? "/").split("?");
        Promise.resolve()
            .then(() => find(path))
            .then(
                (page) => {
                    if (page === undefined) {
                        text(404, "expected /, /metrics, /healthz or /report.json\n");
                    } else {
                        reply(page);
                    }
                },
                () => {
                    text(500, "the page could not be made\n");
                },
            );
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", (error: NodeJS.ErrnoException) => {
            reject(
                new MendableError(
                    `--listen "${host}:${port}": cannot listen there (${error.code ?? error.message})`,
                ),
            );
        });
        server.listen(port, host, resolve);
    });
    const { address, port: actual, family } = server.address() as AddressInfo;
    return {
        address: family === "IPv6" ? `[${address}]:${actual}` : `${address}:${actual}`,
        close: () =>
            new Promise((resolve) => {
                server.close(() => {
                    resolve();
                });
                server.closeAllConnections();
            }),
    };
}
