import * as http from "node:http";
import type { AddressInfo } from "node:net";
import type { Change } from "../../watch/changes";
import { signDelivery } from "../../watch/webhook";

/** One delivery that came. */
export interface Delivery {
    readonly headers: http.IncomingHttpHeaders;
    readonly text: string;
    readonly changes: readonly Change[];
    /** Whether its signature is that of its text. */
    readonly isSigned: boolean;
}

/** A server that takes what a webhook posts, on loopback. */
export class HookServer {
    public readonly deliveries: Delivery[] = [];
    /** Statuses of the next answers; 200 once they are used up. */
    public answers: number[] = [];

    private constructor(
        private readonly server: http.Server,
        secret: string,
    ) {
        server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
            let text = "";
            request.on("data", (chunk: Buffer) => (text += chunk.toString()));
            request.on("end", () => {
                const { headers } = request;
                const signature = signDelivery(secret, String(headers["x-fleet-timestamp"]), text);
                const { changes } = JSON.parse(text) as { changes: Change[] };
                const isSigned = headers["x-fleet-signature"] === signature;
                this.deliveries.push({ headers, text, changes, isSigned });
                response.writeHead(this.answers.shift() ?? 200).end();
            });
        });
    }

    public static async start(secret: string): Promise<HookServer> {
        const server = http.createServer();
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return new HookServer(server, secret);
    }

    public get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hooks/fleet`;
    }

    /** All changes that came, in their order. */
    public get changes(): readonly Change[] {
        return this.deliveries.flatMap(({ changes }) => changes);
    }

    public async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
    }
}
