import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** The token that the server takes. */
export const COMMENT_TOKEN = "t0ken";

/** The comments of one pull request, over the API that GitHub and Gitea share. */
export class CommentServer {
    /** All comments; the first one is somebody else's. */
    public comments: { id: number; body: string }[] = [
        { id: 1, body: "somebody's, who quotes <!-- customer-orgs: preview -->" },
    ];
    /** `POST /repos/…`, in the order in which they came. */
    public readonly requests: string[] = [];

    private constructor(private readonly server: http.Server) {
        server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
            let body = "";
            request.on("data", (text: Buffer) => (body += text.toString()));
            request.on("end", () => {
                this.answer(request, response, body);
            });
        });
    }

    public static async start(): Promise<CommentServer> {
        const server = http.createServer();
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return new CommentServer(server);
    }

    /** What `GITHUB_API_URL` is to be. */
    public get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    public async stop(): Promise<void> {
        await new Promise((resolve) => this.server.close(resolve));
    }

    private answer(request: http.IncomingMessage, response: http.ServerResponse, body: string): void {
        const url = new URL(request.url ?? "", "http://x");
        this.requests.push(`${request.method ?? ""} ${url.pathname}`);
        const sent = () => (JSON.parse(body) as { body: string }).body;
        if (request.headers.authorization !== `Bearer ${COMMENT_TOKEN}`) {
            response.writeHead(401).end("{}");
        } else if (request.method === "GET") {
            response.end(JSON.stringify(url.searchParams.get("page") === "1" ? this.comments : []));
        } else if (request.method === "POST") {
            this.comments.push({ id: this.comments.length + 1, body: sent() });
            response.writeHead(201).end("{}");
        } else {
            const id = Number(url.pathname.split("/").at(-1));
            this.comments = this.comments.map((each) => (each.id === id ? { id, body: sent() } : each));
            response.end("{}");
        }
    }
}
