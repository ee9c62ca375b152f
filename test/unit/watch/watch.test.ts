import assert from "node:assert/strict";
import { remember, findChanges, joinChanges } from "../../../watch/changes";
import { findInPins, findInRegistry, findInReport } from "../../../watch/findings";
import { parseListen, serve } from "../../../watch/server";
import { findUnhealthy, formatWatchMetrics } from "../../../watch/watchMetrics";
import { Webhook, signDelivery } from "../../../watch/webhook";
import { loadPlatform } from "../../../platform/loadPlatform";
import { parseRuntimeImages } from "../../../images/runtimeImages";
import { cluster, compare } from "../../support/fleetFacts";
import { HookServer } from "../../support/hookServer";
import { deployment, image, pod } from "../../support/liveObjects";
import { until } from "../../support/until";

const SECRET = "0123456789abcdef";
const fine = () => compare({});
const drifted = (why = "") =>
    compare({
        live: cluster(
            [deployment({ image: image("3") })],
            [pod({ image: image("3"), waiting: why === "" ? undefined : why })],
        ),
    });
const environment = (pin: object, more: object = {}) => ({
    name: "prod",
    config: loadPlatform(
        {
            "platform:kubeContext": "prod",
            "platform:runtimes": JSON.stringify({ "claude-code": pin }),
            "platform:promotion": JSON.stringify(more),
        },
        "prod",
    ),
});

describe("what a watch tells of", () => {
    it("is nothing at the start where all is fine, and whatever is not", () => {
        assert.deepEqual(findChanges(undefined, remember(fine(), [])), []);
        const [change, ...others] = findChanges(undefined, remember(drifted(), []));
        assert.deepEqual([change?.from, change?.to, others], [null, "drifted", []]);
    });

    it("is an agent's status that changed, once, and one that went", () => {
        const [before, now] = [remember(fine(), []), remember(drifted(), [])];
        const [change] = findChanges(before, now);
        assert.deepEqual(
            [change?.org, change?.agent, change?.from, change?.to],
            ["acme", "coder", "current", "drifted"],
        );
        assert.deepEqual(findChanges(now, now), []);
        const gone = findChanges(
            before,
            remember(compare({ targets: [], deployed: [], live: cluster([]) }), []),
        );
        assert.deepEqual(
            gone.map(({ from, to }) => [from, to]),
            [["current", null]],
        );
    });

    it("is nothing that went where its cluster cannot be read: what no stack owns is unknown there, and the same when it is back", () => {
        const hand = { targets: [], deployed: [], live: cluster([deployment({ managed: false })], [pod()]) };
        const before = remember(compare(hand), []);
        const lost = remember(
            { ...compare({ ...hand, live: undefined }), clusters: [], rows: [] },
            [],
            before,
        );
        assert.deepEqual(
            findChanges(before, lost).map(({ from, to }) => [from, to]),
            [["unmanaged", "unknown"]],
        );
        const back = remember(compare(hand), [], lost);
        assert.deepEqual(
            findChanges(lost, back).map(({ from, to }) => [from, to]),
            [["unknown", "unmanaged"]],
        );
    });

    it("is a finding that came, and one that went", () => {
        const finding = { kind: "pin", subject: "prod claude-code", text: "pins v2" } as const;
        const [none, some] = [remember(fine(), []), remember(fine(), [finding])];
        assert.deepEqual(
            findChanges(none, some).map(({ kind, from, to }) => [kind, from, to]),
            [["pin", null, "found"]],
        );
        assert.deepEqual(
            findChanges(some, none).map(({ kind, from, to }) => [kind, from, to]),
            [["pin", "found", null]],
        );
    });

    it("says nothing of what came and went before anybody was told", () => {
        const [before, now] = [remember(fine(), []), remember(drifted(), [])];
        const [there] = findChanges(before, now);
        const [back] = findChanges(now, before);
        assert.ok(there && back);
        assert.equal(joinChanges(there, back), undefined);
        assert.deepEqual(joinChanges(undefined, there), there);
    });

    it("has no credential in its sentences, whoever wrote them", () => {
        const seen = remember(fine(), [
            { kind: "source", subject: "s", text: "GET https://ann:hunter2secret@registry.example/v2/: 401" },
        ]);
        const text = JSON.stringify(findChanges(undefined, seen));
        assert.doesNotMatch(text, /hunter2/);
        assert.match(text, /is not sent: it may hold a URL with a password/);
    });
});

describe("what a watch finds besides agents", () => {
    it("is a pin of the file that the platform's stack has not deployed", () => {
        const pins = parseRuntimeImages(
            { schemaVersion: 1, runtimes: { "claude-code": { image: image("1"), release: "v1" } } },
            "platform",
        );
        const stacks = [{ stack: "platform/prod", pins, unread: [] }];
        const found = findInPins([environment({ image: image("2"), release: "v2" })], stacks);
        assert.match(found[0]?.text ?? "", /pins "v2" of "claude-code", and its stack has deployed "v1"/);
        assert.deepEqual(findInPins([environment({ image: image("1"), release: "v1" })], stacks), []);
    });

    it("is a pin that was deployed and that the control plane was not told of", () => {
        const controlPlane = { url: "https://cp.example" };
        const pin = { image: image("1"), release: "v1", deployedAt: "2026-06-21T10:19:30Z" };
        const kinds = (told: object) =>
            findInPins([environment({ ...pin, ...told }, { controlPlane })], []).map(({ kind }) => kind);
        assert.deepEqual(kinds({}), ["control-plane"]);
        assert.deepEqual(kinds({ announcedAt: "2026-06-21T10:20:00Z" }), []);
    });

    it("is a pin that the registry does not serve, asked for once", async () => {
        let asked = 0;
        const environments = [
            environment({ image: image("1") }),
            { ...environment({ image: image("1") }), name: "staging" },
        ];
        const found = await findInRegistry(environments, () => {
            asked++;
            return Promise.resolve({ message: "404" });
        });
        assert.deepEqual(
            [asked, found.map(({ subject }) => subject)],
            [1, ["prod claude-code", "staging claude-code"]],
        );
        assert.deepEqual(await findInRegistry(environments, () => Promise.resolve(undefined)), []);
    });

    it("is a source that could not be read, and a release that is not passed on though not time alone is missing", () => {
        const waiting = {
            release: "v2",
            image: image("2"),
            why: ["acme/coder: CrashLoopBackOff"],
            earliest: null,
        };
        const report = {
            ...compare({
                gaps: [
                    { message: "no cluster for 3 s", serious: true },
                    { message: "left out", serious: false },
                ],
            }),
            proofs: [
                { stack: "prod", runtime: "claude-code", proven: null, waiting },
                {
                    stack: "next",
                    runtime: "claude-code",
                    proven: null,
                    waiting: { ...waiting, earliest: "2026-07-01T13:00:00Z" },
                },
            ],
        };
        assert.deepEqual(
            findInReport(report).map(({ kind, subject }) => [kind, subject]),
            [
                ["source", "no cluster for # s"],
                ["proof", "prod claude-code v2"],
            ],
        );
    });
});

describe("the webhook of a watch", () => {
    let hook: HookServer;
    const ending = new AbortController();
    let troubles: string[];
    const changes = () => findChanges(remember(fine(), []), remember(drifted(), []));
    const make = (url: string) =>
        new Webhook({
            url,
            secret: SECRET,
            firstDelayMs: 20,
            onTrouble: (text) => troubles.push(text),
            now: () => new Date("2026-07-01T12:00:00Z"),
        });
    beforeEach(async () => {
        hook = await HookServer.start(SECRET);
        troubles = [];
    });
    afterEach(() => hook.stop());
    after(() => {
        ending.abort();
    });

    it("signs time and body, as anybody can compute", () => {
        // printf '%s' '2026-07-01T12:00:00.000Z.{}' | openssl dgst -sha256 -hmac key
        assert.equal(
            signDelivery("key", "2026-07-01T12:00:00.000Z", "{}"),
            "sha256=28865511f6bd4d25da878a556d183cec7b3b3cafd5547eebec11ac182baa7a74",
        );
    });

    it("posts what changed, tries the same delivery again until it is taken, and names no path of its URL", async () => {
        hook.answers = [500, 429];
        const webhook = make(hook.url);
        void webhook.run(ending.signal);
        webhook.tell(changes(), fine().counts);
        await until("the delivery", () => Promise.resolve(webhook.delivered === 1 ? true : undefined));
        const { deliveries } = hook;
        assert.equal(deliveries.length, 3);
        assert.equal(new Set(deliveries.map(({ headers }) => headers["x-fleet-delivery"])).size, 1);
        assert.ok(deliveries.every(({ isSigned, text }) => isSigned && !text.includes(SECRET)));
        assert.equal(troubles.length, 2);
        assert.doesNotMatch(troubles.join(), /hooks\/fleet/);
    });

    it("keeps of each agent one change at most while nobody takes them", async () => {
        const webhook = make("http://127.0.0.1:9/");
        const [there] = changes();
        const [back] = findChanges(remember(drifted(), []), remember(fine(), []));
        assert.ok(there && back);
        for (let times = 0; times < 100; times++) {
            webhook.tell([there], fine().counts);
            webhook.tell([back], fine().counts);
        }
        assert.equal(webhook.waiting, 0);
        webhook.tell([there], fine().counts);
        webhook.tell([{ ...there, from: "drifted", to: "failing" }], fine().counts);
        assert.equal(webhook.waiting, 1);
        await Promise.resolve();
    });

    it("refuses what is no URL, and a secret that anybody could guess", () => {
        assert.throws(() => make("ftp://chat.example"), /expected an http or https URL/);
        assert.throws(
            () =>
                new Webhook({
                    url: "https://chat.example",
                    secret: "short",
                    onTrouble: () => undefined,
                    now: () => new Date(),
                }),
            /fewer than 16 characters.*--webhook-secret-file/,
        );
    });
});

describe("what a watch serves", () => {
    it("is on loopback, unless another address is named", () => {
        assert.deepEqual(parseListen("9464"), { host: "127.0.0.1", port: 9464 });
        assert.deepEqual(parseListen("0.0.0.0:80"), { host: "0.0.0.0", port: 80 });
        assert.deepEqual(parseListen("[::1]:9464"), { host: "::1", port: 9464 });
        for (const wrong of ["", "localhost", "a:b", "127.0.0.1:99999", "9464/x"]) {
            assert.throws(() => parseListen(wrong), /expected an address and a port/);
        }
    });

    it("refuses a port that is taken, by its name", async () => {
        const { address, close } = await serve({ host: "127.0.0.1", port: 0 }, () => undefined);
        const port = Number(address.split(":")[1]);
        await assert.rejects(
            serve({ host: "127.0.0.1", port }, () => undefined),
            /cannot listen there \(EADDRINUSE\)/,
        );
        await close();
    });

    it("is unhealthy before the first comparison, with a cluster that is gone, and when nothing was read for long", () => {
        const now = new Date("2026-07-01T12:00:00Z");
        const state = {
            compared: { report: fine(), findings: [] },
            clusters: [{ context: "prod", events: 3, lists: 1 }],
            readAt: now,
            comparedAt: now,
            trouble: undefined,
        };
        const why = (parts: Partial<typeof state> | object) =>
            findUnhealthy({ ...state, ...parts }, { intervalMs: 60_000, now }).join();
        assert.equal(why({}), "");
        assert.match(why({ compared: undefined }), /nothing was compared yet/);
        assert.match(
            why({ clusters: [{ context: "prod", events: 0, lists: 0, trouble: "no answer" }] }),
            /"prod": no answer/,
        );
        assert.match(why({ readAt: new Date("2026-07-01T11:00:00Z") }), /read last at 2026-07-01T11/);
        const gaps = [{ message: "no state of prod", serious: true }];
        assert.match(why({ compared: { report: compare({ gaps }), findings: [] } }), /no state of prod/);
        const metrics = formatWatchMetrics(state, true);
        assert.match(metrics, /^fleet_watch_cluster_up\{cluster="prod"\} 1$/m);
        assert.match(metrics, /^fleet_watch_healthy 1$/m);
        const names = [...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
        assert.equal(new Set(names).size, names.length);
    });
});
