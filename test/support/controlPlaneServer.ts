import * as https from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TestCertificate } from "./tlsCertificate";

/** One request as the server saw it. */
export interface SeenRequest {
    readonly method: string;
    readonly path: string;
    readonly authorization: string | undefined;
    readonly body: string;
}

/** What the server does with a request; `reset` breaks the connection, `hang` never answers. */
export type Behaviour =
    | "reset"
    | "hang"
    | "break-off"
    | {
          readonly status: number;
          readonly body?: string;
          readonly headers?: Readonly<Record<string, string>>;
      };

/** A control plane on loopback that behaves as it is told: the next behaviour for each request, then 200. */
export class ControlPlaneServer {
    public readonly seen: SeenRequest[] = [];
    public behaviours: Behaviour[] = [];
    /** Answers for which none is planned. */
    public otherwise: Behaviour = { status: 200, body: "{}" };
    readonly #sockets = new Set<Duplex>();

    private constructor(private readonly server: https.Server) {}

    /** Listens on 127.0.0.1, on a port that is free. */
    public static async start(certificate: TestCertificate): Promise<ControlPlaneServer> {
        const server = https.createServer({ cert: certificate.certificate, key: certificate.key });
        const plane = new ControlPlaneServer(server);
        server.on("connection", (socket) => {
            plane.#sockets.add(socket);
            socket.once("close", () => plane.#sockets.delete(socket));
        });
        server.on("request", (request, response) => {
            plane.#answer(request, response);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return plane;
    }

    public get url(): string {
        return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    /** Ends it, and every connection. */
    public async stop(): Promise<void> {
        this.#sockets.forEach((socket) => socket.destroy());
        await new Promise((resolve) => this.server.close(resolve));
    }

    #answer(request: IncomingMessage, response: ServerResponse): void {
        let body = "";
        request.setEncoding("utf8").on("data", (text: string) => (body += text));
        request.on("end", () => {
            const { method = "", url = "", headers } = request;
            this.seen.push({ method, path: url, authorization: headers.authorization, body });
            const behaviour = this.behaviours.shift() ?? this.otherwise;
            if (behaviour === "hang") {
                return;
            }
            if (behaviour === "reset") {
                request.socket.destroy();
            } else if (behaviour === "break-off") {
                response.writeHead(500, { "content-length": 1000 });
                response.write("half of an answer", () => request.socket.destroy());
            } else {
                response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body ?? "");
            }
        });
    }
}
