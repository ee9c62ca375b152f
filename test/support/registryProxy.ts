import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** How the proxy guards the registry behind it. */
export type Guard = "basic" | "bearer" | "bearer-for-anyone";

/** The user whom the proxy knows. */
export const USER = { username: "ann", password: "p:ss wörd" };

/** The identity token that the proxy exchanges for an access token. */
export const IDENTITY_TOKEN = "identity-1";

const ACCESS_TOKEN = "access-1";

/** A guard in front of a real registry: basic or bearer authentication, as the distribution specification has them. */
export class RegistryProxy {
    /** Paths that were asked for, with the authorization that came along. */
    public readonly seen: { readonly path: string; readonly authorization: string | undefined }[] = [];
    /** Statuses that are answered next, before anything is looked at. */
    public statuses: number[] = [];

    /** Where whoever asks for a token, or for anything else, is led to. */
    public tokenRedirect?: string;
    public redirect?: string;

    /** Leaves the header with the digest away, as some proxies do. */
    public hidesDigest = false;
    /** A page that is answered with 200 whatever was asked, as a captive portal does. */
    public page?: string;

    private constructor(private readonly server: http.Server) {}

    /** Listens on 127.0.0.1, on a port that is free. */
    public static async start(registry: string, guard: Guard): Promise<RegistryProxy> {
        const server = http.createServer();
        const proxy = new RegistryProxy(server);
        server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
            void proxy.#serve(request, response, registry, guard);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return proxy;
    }

    public get host(): string {
        return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    /** Ends it. */
    public async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
    }

    async #serve(
        request: http.IncomingMessage,
        response: http.ServerResponse,
        registry: string,
        guard: Guard,
    ): Promise<void> {
        const { authorization } = request.headers;
        const path = request.url ?? "";
        this.seen.push({ path, authorization });
        const status = this.statuses.shift();
        if (status !== undefined) {
            response.writeHead(status).end();
            return;
        }
        if (this.page !== undefined) {
            response.writeHead(200, { "content-type": "text/html" }).end(this.page);
            return;
        }
        const location = path.startsWith("/token") ? this.tokenRedirect : this.redirect;
        if (location !== undefined) {
            response
                .writeHead(307, { location: path.startsWith("/token") ? location : `${location}${path}` })
                .end();
            return;
        }
        if (path.startsWith("/token")) {
            await this.#token(request, response, guard);
            return;
        }
        const allowed = guard === "basic" ? basic() : `Bearer ${ACCESS_TOKEN}`;
        if (authorization !== allowed) {
            const bearer = `Bearer realm="http://${this.host}/token",service="test, registry",scope="repository:a:pull"`;
            const challenge = guard === "basic" ? 'Basic realm="a \\"quoted\\" realm"' : bearer;
            response.writeHead(401, { "www-authenticate": challenge }).end();
            return;
        }
        const method = request.method ?? "GET";
        const headers = { accept: request.headers.accept ?? "" };
        const answer = await fetch(`http://${registry}${path}`, { method, headers });
        const answered = new Map(answer.headers);
        if (this.hidesDigest) {
            answered.delete("docker-content-digest");
        }
        response
            .writeHead(answer.status, Object.fromEntries(answered))
            .end(Buffer.from(await answer.arrayBuffer()));
    }

    async #token(request: http.IncomingMessage, response: http.ServerResponse, guard: Guard): Promise<void> {
        let body = "";
        for await (const chunk of request) {
            body += String(chunk);
        }
        const form = new URLSearchParams(body);
        const known =
            guard === "bearer-for-anyone" ||
            request.headers.authorization === basic() ||
            (form.get("grant_type") === "refresh_token" && form.get("refresh_token") === IDENTITY_TOKEN);
        response
            .writeHead(known ? 200 : 401, { "content-type": "application/json" })
            .end(JSON.stringify(known ? { token: ACCESS_TOKEN } : { details: "no" }));
    }
}

function basic(): string {
    return `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString("base64")}`;
}
