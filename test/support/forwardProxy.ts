import * as http from "node:http";
import * as net from "node:net";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** A proxy on loopback that knows every name as this machine. */
export class ForwardProxy {
    /** What it was asked for: `CONNECT service.test:443`, `GET http://service.test/`. */
    public readonly seen: string[] = [];
    readonly #sockets = new Set<Duplex>();

    private constructor(private readonly server: http.Server) {
        server.on("connection", (socket) => this.#sockets.add(socket));
        server.on("connect", (request: http.IncomingMessage, client: Duplex) => {
            this.seen.push(`CONNECT ${request.url ?? ""}`);
            const port = Number(request.url?.split(":").at(-1));
            const behind = net.connect(port, "127.0.0.1", () => {
                client.write("HTTP/1.1 200 Connection established\r\n\r\n");
                behind.pipe(client).pipe(behind);
            });
            this.#sockets.add(behind);
            behind.on("error", () => client.destroy());
            client.on("error", () => behind.destroy());
        });
        server.on("request", (request, response) => {
            this.seen.push(`${request.method ?? ""} ${request.url ?? ""}`);
            response.end("from the proxy");
        });
    }

    /** Listens on 127.0.0.1, on a port that is free. */
    public static async start(): Promise<ForwardProxy> {
        const server = http.createServer();
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return new ForwardProxy(server);
    }

    public get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    /** Ends it, and every connection. */
    public async stop(): Promise<void> {
        this.#sockets.forEach((socket) => socket.destroy());
        await new Promise((resolve) => this.server.close(resolve));
    }
}
