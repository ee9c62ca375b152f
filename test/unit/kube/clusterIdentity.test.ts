import assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { readClusterIdentity } from "../../../kube/clusterIdentity";
import { createKubeClient } from "../../../kube/kubeClient";

describe("which cluster a context leads to", () => {
    let answer: (response: http.ServerResponse) => void;
    let server: http.Server;
    before(async () => {
        server = http.createServer((_, response) => {
            answer(response);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    after(() => {
        server.closeAllConnections();
        server.close();
    });

    const ask = async (user: object = {}) => {
        const { port } = server.address() as AddressInfo;
        const config = new KubeConfig();
        config.loadFromString(
            JSON.stringify({
                clusters: [
                    {
                        name: "c",
                        cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
                    },
                ],
                users: [{ name: "u", user }],
                contexts: [{ name: "prod", context: { cluster: "c", user: "u" } }],
                "current-context": "prod",
            }),
        );
        const client = createKubeClient(config);
        try {
            return await readClusterIdentity(client);
        } finally {
            client.close();
        }
    };
    const reply = (status: number, body: unknown) => (response: http.ServerResponse) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(typeof body === "string" ? body : JSON.stringify(body));
    };

    it("is the uid of its namespace kube-system", async () => {
        answer = reply(200, { metadata: { name: "kube-system", uid: "1-2-3" } });
        assert.equal(await ask(), "1-2-3");
    });

    for (const [what, status, body, expected] of [
        [
            "credentials that are refused",
            401,
            { message: "Unauthorized" },
            /context "prod" refuses these credentials \(401\).*log in anew/,
        ],
        [
            "a right that is missing",
            403,
            { message: "forbidden: User" },
            /does not tell which one it is \(403\); expected the right to get .*forbidden: User/,
        ],
        [
            "a server that is no API server",
            200,
            { hello: "world" },
            /a server that does not say which cluster it is/,
        ],
        ["an API server that is elsewhere", 404, "not here", /does not tell which one it is: .*404/],
    ] as const) {
        it(`names ${what}`, async () => {
            answer = reply(status, body);
            await assert.rejects(ask(), expected);
        });
    }

    it("names a plugin that does not log in", async () => {
        answer = reply(200, {});
        const exec = {
            apiVersion: "client.authentication.k8s.io/v1",
            command: "/nowhere/login",
            interactiveMode: "Never",
        };
        await assert.rejects(
            ask({ exec }),
            /context "prod" has no usable credentials: .*try "kubectl --context prod/,
        );
    });
});
