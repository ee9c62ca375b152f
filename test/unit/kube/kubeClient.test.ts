import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { ApiError } from "../../../kube/apiError";
import { chooseCluster, connectKube, type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { listAll } from "../../../kube/listAll";
import { selects } from "../../../kube/liveObjects";
import { readDeployment, readPod } from "../../../kube/readObjects";
import { isOneOf, readCluster } from "../../../kube/readCluster";
import { retry, retryDelay } from "../../../lib/http/retry";

const QUICK = { attempts: 4, firstDelayMs: 1, maxDelayMs: 5 };

describe("a kubeconfig that is not there", () => {
    it("is said to be missing, with the context that was wanted, and none is made up", async () => {
        const { HOME, KUBECONFIG } = process.env;
        const home = fs.mkdtempSync(path.join(os.tmpdir(), "home-"));
        process.env["HOME"] = home;
        delete process.env["KUBECONFIG"];
        try {
            for (const [options, expected] of [
                [{ context: "prod" }, /^there is no kubeconfig: .*; expected one with the context "prod"$/],
                [{}, /^there is no kubeconfig: .*; expected one$/],
            ] as const) {
                await assert.rejects(connectKube(options), { message: expected });
            }
        } finally {
            process.env["HOME"] = HOME;
            if (KUBECONFIG !== undefined) {
                process.env["KUBECONFIG"] = KUBECONFIG;
            }
            fs.rmSync(home, { recursive: true });
        }
    });
});

describe("the connection to an API server", () => {
    let server: http.Server;
    let client: KubeClient;
    let answer: http.RequestListener;
    const asked: string[] = [];

    before(async () => {
        server = http.createServer((request, response) => {
            asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
            answer(request, response);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const config = new KubeConfig();
        const { port } = server.address() as AddressInfo;
        config.loadFromOptions({
            clusters: [{ name: "c", server: `http://127.0.0.1:${port}/base`, skipTLSVerify: true }],
            users: [{ name: "c", token: "t0ken" }],
            contexts: [{ name: "c", cluster: "c", user: "c" }],
            currentContext: "c",
        });
        client = createKubeClient(config, { timeoutMs: 300 });
    });
    beforeEach(() => {
        asked.length = 0;
    });
    after(async () => {
        client.close();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
    });

    const json = (response: http.ServerResponse, status: number, value: unknown, headers = {}) => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify(value));
    };

    it("sends token, path, query and body as they were given", async () => {
        let got = "";
        answer = (request, response) => {
            request.on("data", (chunk: Buffer) => (got += chunk.toString()));
            request.on("end", () => {
                json(response, 200, {
                    authorization: request.headers.authorization,
                    type: request.headers["content-type"],
                });
            });
        };
        const answered = await client.request({
            method: "PATCH",
            path: "/apis/x",
            query: { a: "1 2", b: undefined },
            contentType: "application/json-patch+json",
            body: [{ op: "test" }],
        });
        assert.deepEqual(answered, { authorization: "Bearer t0ken", type: "application/json-patch+json" });
        assert.deepEqual(asked, ["PATCH /base/apis/x?a=1+2"]);
        assert.equal(got, '[{"op":"test"}]');
    });

    it("reads a user's token from its tokenFile, beside the kubeconfig, each time anew", async () => {
        answer = (request, response) => {
            json(response, 200, request.headers.authorization);
        };
        const directory = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-"));
        const kubeconfig = path.join(directory, "config");
        const { port } = server.address() as AddressInfo;
        fs.writeFileSync(
            kubeconfig,
            JSON.stringify({
                clusters: [
                    {
                        name: "c",
                        cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
                    },
                ],
                users: [{ name: "other" }, { name: "c", user: { tokenFile: "token" } }],
                contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
            }),
        );
        fs.writeFileSync(path.join(directory, "token"), "first\n");
        const connected = await connectKube({ kubeconfig, context: "c" });
        assert.equal(await connected.request({ path: "/x" }), "Bearer first");
        fs.writeFileSync(path.join(directory, "token"), "second");
        assert.equal(await connected.request({ path: "/x" }), "Bearer second");
        fs.rmSync(directory, { recursive: true });
        await assert.rejects(connected.request({ path: "/x" }), /the context "c" has no usable credentials/);
        connected.close();
    });

    for (const { what, listener, transient, reason } of [
        {
            what: "a refusal",
            listener: (response: http.ServerResponse) => {
                json(response, 403, { message: "no", reason: "Forbidden" });
            },
            transient: false,
            reason: "Forbidden",
        },
        {
            what: "too many requests",
            listener: (response: http.ServerResponse) => {
                json(response, 429, {}, { "retry-after": "2" });
            },
            transient: true,
            reason: "Too Many Requests",
        },
        {
            what: "a lost connection",
            listener: (response: http.ServerResponse) => response.socket?.destroy(),
            transient: true,
            reason: "ECONNRESET",
        },
        {
            what: "an answer that is cut off",
            listener: (response: http.ServerResponse) => {
                response.writeHead(200, { "content-length": "100" });
                response.write('{"items": [');
                setTimeout(() => response.socket?.destroy(), 20);
            },
            transient: true,
            reason: "ECONNRESET",
        },
        { what: "no answer", listener: () => undefined, transient: true, reason: "ETIMEDOUT" },
        {
            what: "an answer that is no JSON",
            listener: (response: http.ServerResponse) => response.end("<html>"),
            transient: true,
            reason: "OK",
        },
    ] as {
        what: string;
        listener: (response: http.ServerResponse) => void;
        transient: boolean;
        reason: string;
    }[]) {
        it(`calls ${what} ${transient ? "worth another attempt" : "final"}`, async () => {
            answer = (_request, response) => {
                listener(response);
            };
            await assert.rejects(client.request({ path: "/x" }), (error: unknown) => {
                assert.ok(error instanceof ApiError, String(error));
                assert.equal(error.transient, transient);
                assert.equal(error.reason, reason);
                return true;
            });
        });
    }

    it("lists page by page, begins again when the server forgot its place, and never mixes two moments", async () => {
        let expired = false;
        answer = (request, response) => {
            const token = new URL(request.url ?? "", "http://x").searchParams.get("continue");
            if (token === "second" && !expired) {
                expired = true;
                json(response, 410, { reason: "Expired" });
                return;
            }
            json(
                response,
                200,
                token === null
                    ? { metadata: { continue: "second" }, items: [{ n: expired ? "new-1" : "old-1" }] }
                    : { metadata: {}, items: [{ n: "new-2" }] },
            );
        };
        const found = await listAll(
            client,
            { path: "/l", retry: QUICK },
            (item) => (item as { n: string }).n,
        );
        assert.deepEqual(found, ["new-1", "new-2"]);
    });

    it("reads null for an empty list", async () => {
        answer = (_request, response) => {
            json(response, 200, { items: null, metadata: null });
        };
        assert.deepEqual(await listAll(client, { path: "/l" }, (item) => item), []);
    });

    it("reads a cluster in three lists, whatever is odd in it, and says what it could not read", async () => {
        answer = (request, response) => {
            const items: Record<string, unknown[]> = {
                "/base/api/v1/namespaces": [
                    { metadata: { name: "kube-system", uid: "cluster" } },
                    { metadata: { name: "org-acme" } },
                    { metadata: { name: "org-foreign", labels: { "customer-orgs/ignore": "true" } } },
                    { metadata: { name: "org-tools-x" } },
                    { metadata: { name: "default" } },
                    null,
                ],
                "/base/apis/apps/v1/deployments": [
                    {
                        metadata: { name: "agent-a", namespace: "org-acme" },
                        spec: { template: { spec: { containers: null } } },
                    },
                    {
                        metadata: { name: "agent-b", namespace: "org-acme" },
                        spec: { template: { spec: { containers: "x" } } },
                    },
                    { metadata: { name: "web", namespace: "org-acme" }, spec: { template: {} } },
                    { metadata: { name: "agent-a", namespace: "org-foreign" }, spec: { template: {} } },
                    { metadata: { name: "agent-a", namespace: "agents" }, spec: { template: {} } },
                ],
                "/base/api/v1/pods": [{ metadata: { name: "p", namespace: "org-acme" } }],
            };
            json(response, 200, { items: items[(request.url ?? "").split("?")[0] ?? ""] ?? [] });
        };
        const cluster = await readCluster(client, { pods: true, excludeNamespaces: ["org-tools-*"] });
        assert.equal(cluster.uid, "cluster");
        assert.deepEqual(
            cluster.namespaces.map(({ name }) => name),
            ["org-acme"],
        );
        assert.deepEqual(
            cluster.deployments.map(({ namespace, name, containers }) => [namespace, name, containers]),
            [["org-acme", "agent-a", []]],
        );
        assert.equal(cluster.pods.length, 1);
        assert.equal(cluster.problems.length, 2);
        assert.match(cluster.problems.join("\n"), /the Deployment "org-acme\/agent-b" cannot be read/);
        assert.equal(asked.length, 3);
    });
});

describe("retries", () => {
    const fault = (status: number | undefined, retryAfter?: number) =>
        new ApiError("x", status, "x", { retryAfterMs: retryAfter });

    it("repeat what passes, and nothing else", async () => {
        let calls = 0;
        const failing = (times: number, status: number | undefined) => () => {
            calls++;
            return calls <= times ? Promise.reject(fault(status)) : Promise.resolve(calls);
        };
        assert.equal(await retry(failing(3, 503), QUICK), 4);
        calls = 0;
        await assert.rejects(retry(failing(4, undefined), QUICK));
        assert.equal(calls, 4);
        calls = 0;
        await assert.rejects(retry(failing(1, 403), QUICK));
        assert.equal(calls, 1);
    });

    it("wait longer each time, up to a limit, and as long as the server asks", () => {
        const policy = { attempts: 9, firstDelayMs: 100, maxDelayMs: 1000 };
        const delays = [1, 2, 3, 9].map((attempt) => retryDelay(policy, attempt, fault(500), () => 1));
        assert.deepEqual(delays, [100, 200, 400, 1000]);
        assert.equal(
            retryDelay(policy, 1, fault(500), () => 0),
            50,
        );
        assert.equal(
            retryDelay(policy, 1, fault(429, 500), () => 0),
            500,
        );
        assert.equal(
            retryDelay(policy, 1, fault(429, 3_600_000), () => 0),
            1000,
        );
    });
});

describe("live objects", () => {
    it("select pods as the API server does, and by nothing select nothing", () => {
        const by = (key: string, operator: string, ...values: string[]) => ({
            matchLabels: {},
            matchExpressions: [{ key, operator, values }],
        });
        assert.equal(selects({ matchLabels: { a: "1" }, matchExpressions: [] }, { a: "1", b: "2" }), true);
        assert.equal(selects({ matchLabels: { a: "1" }, matchExpressions: [] }, { a: "2" }), false);
        assert.equal(selects(by("a", "In", "1", "2"), { a: "2" }), true);
        assert.equal(selects(by("a", "NotIn", "1"), {}), true);
        assert.equal(selects(by("a", "Exists"), {}), false);
        assert.equal(selects(by("a", "DoesNotExist"), {}), true);
        assert.equal(selects(by("a", "Near"), { a: "1" }), false);
        assert.equal(selects({ matchLabels: {}, matchExpressions: [] }, { a: "1" }), false);
    });

    it("are refused in words when they are none", () => {
        for (const item of [undefined, null, "x", {}, { metadata: {} }, { metadata: { name: 1 } }]) {
            assert.equal(readDeployment(item).ok, false);
            assert.equal(readPod(item).ok, false);
        }
    });

    it("match names by patterns, in which a star is any characters and a dot is a dot", () => {
        const matches = (name: string) => isOneOf(name, ["org-a", "org-tools-*", "org-x.y"]);
        assert.deepEqual(
            ["org-a", "org-ab", "org-tools-1", "org-tools-", "org-xzy", "org-x.y"].map(matches),
            [true, false, true, true, false, true],
        );
    });
});

describe("which cluster a command means", () => {
    const settings = { kubeContext: "prod", kubeconfig: "prod.yaml" };

    it("is that of the stack's settings, unless the operator says another", () => {
        assert.deepEqual(chooseCluster({}, settings), { context: "prod", kubeconfig: "prod.yaml" });
        assert.deepEqual(chooseCluster({ kubeconfig: "mine.yaml" }, settings), {
            context: "prod",
            kubeconfig: "mine.yaml",
        });
        assert.deepEqual(chooseCluster({}), { context: undefined, kubeconfig: undefined });
    });

    it("does not look for the operator's context in the kubeconfig of the settings", () => {
        assert.deepEqual(chooseCluster({ context: "mine" }, settings), {
            context: "mine",
            kubeconfig: undefined,
        });
    });
});
