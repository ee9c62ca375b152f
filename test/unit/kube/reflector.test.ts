import assert from "node:assert/strict";
import { ApiError } from "../../../kube/apiError";
import type { LiveNamespace } from "../../../kube/liveObjects";
import type { KubeRequest } from "../../../kube/kubeClient";
import type { WatchOptions, WatchingClient } from "../../../kube/kubeWatch";
import { readNamespace } from "../../../kube/readObjects";
import { Reflector } from "../../../kube/reflector";
import { until } from "../../support/until";

const namespace = (name: string, resourceVersion = "1") => ({
    metadata: { name, uid: name, resourceVersion },
});

/** An API server of namespaces that does what a test says. */
class Server {
    public lists = 0;
    public version = "10";
    public items = [namespace("org-a"), namespace("other")];
    /** What the next list fails with. */
    public failure: Error | undefined;
    public readonly watches: WatchOptions[] = [];
    /** What the next watch is refused with. */
    public refusal: Error | undefined;
    private end: ((error?: Error) => void) | undefined;

    public readonly connection: WatchingClient = {
        client: {
            context: "test",
            request: ({ path }: KubeRequest) => {
                assert.equal(path, "/api/v1/namespaces");
                this.lists++;
                const { failure } = this;
                this.failure = undefined;
                return failure === undefined
                    ? Promise.resolve({ items: this.items, metadata: { resourceVersion: this.version } })
                    : Promise.reject(failure);
            },
            requestCount: () => 0,
            close: () => undefined,
        },
        watch: (options) => {
            const { refusal } = this;
            this.refusal = undefined;
            if (refusal !== undefined) {
                return Promise.reject(refusal);
            }
            this.watches.push(options);
            options.onOpen();
            return new Promise((resolve, reject) => {
                this.end = (error) => {
                    if (error === undefined) {
                        resolve();
                    } else {
                        reject(error);
                    }
                };
                options.signal.addEventListener("abort", () => {
                    resolve();
                });
            });
        },
    };

    public tell(type: string, object: unknown): void {
        this.watches.at(-1)?.onEvent({ type, object });
    }

    public endWatch(error?: Error): void {
        this.end?.(error);
    }
}

describe("the mirror of one kind", () => {
    let server: Server;
    let ending: AbortController;
    let changes: number;
    let reflector: Reflector<LiveNamespace>;
    let ended: Promise<void>;
    const names = () =>
        reflector
            .list()
            .map(({ name }) => name)
            .sort();
    const watching = (count: number) =>
        until(`watch ${count}`, () => Promise.resolve(server.watches.length >= count ? true : undefined));

    beforeEach(async () => {
        server = new Server();
        ending = new AbortController();
        changes = 0;
        reflector = new Reflector(server.connection, {
            path: "/api/v1/namespaces",
            read: readNamespace,
            wanted: ({ name }) => name.startsWith("org-"),
            onChange: () => changes++,
            signal: ending.signal,
        });
        ended = reflector.run();
        await watching(1);
    });
    afterEach(async () => {
        ending.abort();
        await ended;
    });

    it("lists, then watches from the list's version, and keeps what is wanted alone", () => {
        assert.deepEqual(names(), ["org-a"]);
        assert.equal(server.watches[0]?.query["resourceVersion"], "10");
        assert.equal(server.watches[0].query["allowWatchBookmarks"], "true");
    });

    it("follows what is added, changed, deleted, and not wanted any more", () => {
        const before = changes;
        server.tell("ADDED", namespace("org-b", "11"));
        server.tell("ADDED", namespace("kube-public", "12"));
        assert.deepEqual([names(), changes - before], [["org-a", "org-b"], 1]);
        server.tell("DELETED", namespace("org-a", "13"));
        assert.deepEqual(names(), ["org-b"]);
        server.tell("MODIFIED", { metadata: { name: "org-b", labels: 7, resourceVersion: "14" } });
        assert.deepEqual(names(), []);
        assert.match(reflector.listProblems().join(), /the namespace "org-b" cannot be read/);
    });

    it("goes on from the last version where a watch ended or was lost, and lists nothing anew", async () => {
        server.tell("BOOKMARK", { metadata: { resourceVersion: "42" } });
        server.endWatch();
        await watching(2);
        assert.equal(server.watches[1]?.query["resourceVersion"], "42");
        server.tell("ADDED", namespace("org-b", "43"));
        server.endWatch(new ApiError("WATCH: lost", undefined, "ECONNRESET"));
        await watching(3);
        assert.equal(server.watches[2]?.query["resourceVersion"], "43");
        assert.equal(server.lists, 1);
        assert.equal(reflector.trouble, undefined);
    });

    it("lists anew where its version was forgotten, as an event or as a refusal, and drops what went meanwhile", async () => {
        server.items = [namespace("org-c")];
        server.version = "90";
        server.tell("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old" });
        await watching(2);
        assert.deepEqual([names(), server.lists], [["org-c"], 2]);
        assert.equal(server.watches[1]?.query["resourceVersion"], "90");
        server.refusal = new ApiError("WATCH: Gone", 410, "Gone");
        server.endWatch();
        await watching(3);
        assert.equal(server.lists, 3);
    });

    it("says what is wrong while the API server does not answer, keeps what it knew, and is right again after it", async () => {
        server.failure = new ApiError("GET: 503 starting", 503, "ServiceUnavailable");
        server.items = [namespace("org-d")];
        server.tell("ERROR", { kind: "Status", code: 410, reason: "Expired" });
        await until("the trouble", () => Promise.resolve(reflector.trouble));
        assert.match(reflector.trouble ?? "", /503 starting/);
        assert.deepEqual(names(), ["org-a"]);
        await watching(2);
        assert.deepEqual([names(), reflector.trouble], [["org-d"], undefined]);
    });
});
