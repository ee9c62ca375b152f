import assert from "node:assert/strict";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import type { LiveDeployment } from "../../../kube/liveObjects";
import { readCluster } from "../../../kube/readCluster";
import { BREAK_GLASS_ANNOTATION } from "../../../kube/breakGlass";
import { syncCountsLine } from "../../../fleet/sync/describeSync";
import { type SyncFleetOptions, type SyncResult, syncFleet } from "../../../fleet/sync/syncFleet";
import { parseImageReference, readImage } from "../../../images/imageReference";
import { type Fault, type PassingRequest, startFaultProxy } from "../../support/faultProxy";
import { type HandMadeAgent, makeOrg, settledAgents } from "../../support/handMadeOrgs";
import { useCluster } from "../../support/sharedCluster";

const REPOSITORY = "ghcr.io/genbrain/claude-code";
const LATEST = `${REPOSITORY}:latest`;
const TARGET = `${REPOSITORY}:sha-19f3175@sha256:${"5".repeat(64)}`;

describe("fleet sync on a cluster", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    let direct: KubeClient;
    let suite = 0;
    /** The label that keeps this test's orgs apart from all others. */
    let label: string;
    let prefix: string;
    const closing: (() => void | Promise<void>)[] = [];

    beforeEach(() => {
        direct = createKubeClient(cluster().kubeConfig);
        suite++;
        prefix = `org-sync${process.pid}-${suite}`;
        label = `fleet-test=${prefix}`;
    });
    afterEach(async () => {
        for (const close of closing.splice(0)) {
            await close();
        }
        direct.close();
    });

    const make = (name: string, ...agents: readonly HandMadeAgent[]) =>
        makeOrg(direct, `${prefix}-${name}`, { "fleet-test": prefix }, agents);
    const agent = (parts: Partial<HandMadeAgent> = {}): HandMadeAgent => ({
        name: "agent-main",
        image: LATEST,
        ...parts,
    });
    const list = async () =>
        (await readCluster(direct, { pods: false, namespaceSelector: label })).deployments;
    const options = (parts: Partial<SyncFleetOptions> = {}): SyncFleetOptions => {
        const parsed = parseImageReference(TARGET);
        assert.ok(parsed.ok);
        return {
            rules: {
                reference: { kind: "image", image: parsed.reference, anyRepository: false },
                breakGlass: false,
                managed: new Set(),
                forbids: () => undefined,
                now: () => new Date(),
            },
            dryRun: false,
            wait: true,
            timeoutSeconds: 30,
            maxUnavailableOrgs: 10,
            maxFailures: 10,
            ...parts,
        };
    };
    const sync = async (
        parts: Partial<SyncFleetOptions> = {},
        client = direct,
        found?: readonly LiveDeployment[],
    ) => syncFleet(client, found ?? (await list()), options(parts));
    const proxied = async (decide: (request: PassingRequest) => Fault | Promise<Fault>) => {
        const proxy = await startFaultProxy(cluster().kubeconfigPath, decide);
        const client = createKubeClient(proxy.kubeConfig, { timeoutMs: 10_000 });
        closing.push(() => {
            client.close();
        }, proxy.close);
        return client;
    };
    const read = async (namespace: string, name = "agent-main") =>
        (await direct.request({ path: `/apis/apps/v1/namespaces/${namespace}/deployments/${name}` })) as {
            metadata: { generation: number; annotations?: Record<string, string> };
            spec: {
                template: {
                    spec: Record<"containers" | "initContainers", { name: string; image: string }[]>;
                };
            };
        };
    const byName = (results: readonly SyncResult[]) =>
        Object.fromEntries(
            results.map(({ namespace, deployment, outcome }) => [
                `${namespace.slice(prefix.length + 1)}/${deployment}`,
                outcome,
            ]),
        );

    it("updates only the stale agents, waits for them, and a second run repeats nothing", async () => {
        await make("one", agent(), agent({ name: "agent-done", image: TARGET }));
        await make("two", agent({ replicas: 2 }));
        await settledAgents(direct, label, 3);
        const first = await sync();
        assert.equal(syncCountsLine(first), "updated=2 already-current=1 failed=0 skipped=0");
        for (const each of await list()) {
            assert.deepEqual(each.containers[0]?.image, readImage(TARGET));
            assert.equal(each.updatedReplicas, each.replicas, "it waited for the rollout");
            assert.equal(each.availableReplicas, each.replicas);
        }
        const before = (await list()).map(({ name, generation }) => [name, generation]);
        assert.equal(syncCountsLine(await sync()), "updated=0 already-current=3 failed=0 skipped=0");
        assert.deepEqual(
            (await list()).map(({ name, generation }) => [name, generation]),
            before,
        );
    });

    it("writes the images of the containers that are on the agent's image, and no other field", async () => {
        await make(
            "one",
            agent({
                sidecars: [
                    { name: "log", image: "ghcr.io/genbrain/log:v1" },
                    { name: "helper", image: LATEST },
                ],
                gate: LATEST,
                annotations: { "example.com/mine": "yes" },
                podAnnotations: { note: "keep" },
            }),
        );
        await settledAgents(direct, label, 1);
        const strip = (object: object) => {
            const { metadata, spec } = structuredClone(object) as {
                metadata: Record<string, unknown>;
                spec: {
                    template: {
                        spec: Record<"containers" | "initContainers", { name: string; image?: string }[]>;
                    };
                };
            };
            const annotations = { ...(metadata["annotations"] as Record<string, string>) };
            delete annotations["deployment.kubernetes.io/revision"];
            const { containers, initContainers } = spec.template.spec;
            for (const container of [...containers, ...initContainers].filter(({ name }) => name !== "log")) {
                delete container.image;
            }
            return { labels: metadata["labels"], annotations, spec };
        };
        const before = await read(`${prefix}-one`);
        assert.equal(syncCountsLine(await sync()), "updated=1 already-current=0 failed=0 skipped=0");
        const after = await read(`${prefix}-one`);
        assert.deepEqual(strip(after), strip(before));
        const { containers, initContainers } = after.spec.template.spec;
        assert.deepEqual(
            [...containers, ...initContainers].map(({ name, image }) => [name, image]),
            [
                ["log", "ghcr.io/genbrain/log:v1"],
                ["helper", TARGET],
                ["agent", TARGET],
                ["boot-gate", TARGET],
            ],
        );
    });

    it("takes an agent whose boot gate stayed behind for stale, and moves the gate alone", async () => {
        await make("one", agent({ image: TARGET, gate: LATEST }));
        await settledAgents(direct, label, 1);
        const [result] = await sync();
        assert.deepEqual([result?.outcome, result?.from], ["updated", LATEST]);
        const { initContainers } = (await read(`${prefix}-one`)).spec.template.spec;
        assert.equal(initContainers[0]?.image, TARGET);
        assert.equal(syncCountsLine(await sync()), "updated=0 already-current=1 failed=0 skipped=0");
    });

    it("shows in a dry run what the API server would accept, and changes nothing", async () => {
        await make("one", agent());
        await settledAgents(direct, label, 1);
        const results = await sync({ dryRun: true });
        assert.deepEqual(
            results.map(({ outcome, from, to }) => [outcome, from, to]),
            [["updated", LATEST, TARGET]],
        );
        assert.equal((await read(`${prefix}-one`)).metadata.generation, 1);
    });

    it("handles agents that are scaled to zero, paused, managed, or of nobody", async () => {
        const managed = {
            "app.kubernetes.io/managed-by": "pulumi",
            "app.kubernetes.io/part-of": "customer-orgs",
        };
        await make("zero", agent({ replicas: 0 }));
        await make("paused", agent({ paused: true }));
        await make("managed", agent({ labels: managed }));
        await make("other", agent({ image: "nginx:latest" }), { name: "web", image: LATEST });
        const results = await sync();
        assert.deepEqual(byName(results), {
            "zero/agent-main": "updated",
            "paused/agent-main": "skipped",
            "managed/agent-main": "skipped",
            "other/agent-main": "skipped",
        });
    });

    it("records on a managed agent who broke the glass, and why", async () => {
        await make(
            "managed",
            agent({
                labels: {
                    "app.kubernetes.io/managed-by": "pulumi",
                    "app.kubernetes.io/part-of": "customer-orgs",
                },
            }),
        );
        await settledAgents(direct, label, 1);
        const breakGlass = { reason: "CVE-2026-1", by: "ann", at: "2026-07-01T00:00:00Z" };
        const results = await sync({ breakGlass, rules: { ...options().rules, breakGlass: true } });
        assert.equal(syncCountsLine(results), "updated=1 already-current=0 failed=0 skipped=0");
        const { annotations } = (await read(`${prefix}-managed`)).metadata;
        const recorded: unknown = JSON.parse(annotations?.[BREAK_GLASS_ANNOTATION] ?? "");
        assert.deepEqual(recorded, { image: TARGET, ...breakGlass });
    });

    it("goes on with the other orgs when one is forbidden and another one's pods cannot run", async () => {
        await make("bad", agent({ deadlineSeconds: 5 }));
        await make("closed", agent());
        await make("good", agent());
        await settledAgents(direct, label, 3);
        // Its new pods fail; the old one stays.
        await direct.request({
            method: "PATCH",
            path: `/apis/apps/v1/namespaces/${prefix}-bad/deployments/agent-main`,
            contentType: "application/merge-patch+json",
            body: {
                spec: {
                    paused: false,
                    template: { metadata: { annotations: { "local.customer-orgs/fail": "ErrImagePull" } } },
                },
            },
        });
        const client = await proxied(({ method, path }) =>
            method === "PATCH" && path.includes("-closed/") ? { status: 403 } : undefined,
        );
        const results = await sync({}, client);
        assert.deepEqual(byName(results), {
            "bad/agent-main": "failed",
            "closed/agent-main": "failed",
            "good/agent-main": "updated",
        });
        const reasons = results.map(({ reason }) => reason ?? "").join("\n");
        assert.match(reasons, /ErrImagePull in container "agent"/);
        assert.match(reasons, /403 made up by the test/);
    });

    it("begins nothing more after too many failures, nor when too many orgs are left unavailable", async () => {
        for (const name of ["a", "b", "c", "d"]) {
            await make(name, agent());
        }
        await settledAgents(direct, label, 4);
        const client = await proxied(({ method }) => (method === "PATCH" ? { status: 403 } : undefined));
        const results = await sync({ maxFailures: 2, maxUnavailableOrgs: 1 }, client);
        assert.equal(syncCountsLine(results), "updated=0 already-current=0 failed=2 skipped=0 not-tried=2");

        await make(
            "aa",
            agent({ deadlineSeconds: 5, podAnnotations: { "local.customer-orgs/fail": "ErrImagePull" } }),
        );
        const sorted = (await list()).toSorted((x, y) => (x.namespace < y.namespace ? -1 : 1));
        const bad = sorted.filter(({ namespace }) => namespace.endsWith("-aa"));
        const unavailable = await sync({ maxUnavailableOrgs: 1 }, direct, [
            ...bad,
            ...sorted.filter((each) => !bad.includes(each)),
        ]);
        assert.equal(
            syncCountsLine(unavailable),
            "updated=0 already-current=0 failed=1 skipped=0 not-tried=4",
        );
    });

    it("never has more orgs in a rollout than allowed", async () => {
        for (const name of ["a", "b", "c", "d", "e"]) {
            await make(name, agent({ podAnnotations: { "local.customer-orgs/start-after": "700ms" } }));
        }
        await settledAgents(direct, label, 5);
        let most = 0;
        const done = new AbortController();
        const watching = (async () => {
            while (!done.signal.aborted) {
                const rolling = (await list()).filter(
                    (each) =>
                        each.updatedReplicas < 1 ||
                        each.observedGeneration < each.generation ||
                        each.availableReplicas < each.totalReplicas,
                );
                most = Math.max(most, new Set(rolling.map(({ namespace }) => namespace)).size);
            }
        })();
        const results = await sync({ maxUnavailableOrgs: 2 });
        done.abort();
        await watching;
        assert.equal(syncCountsLine(results), "updated=5 already-current=0 failed=0 skipped=0");
        assert.ok(most === 1 || most === 2, `${most} orgs at the same time`);
    });

    it("reads an org again that has changed since, and never overwrites what somebody else has set", async () => {
        await make("moved", agent());
        await make("done", agent());
        await make("scaled", agent());
        await settledAgents(direct, label, 3);
        const touched = new Set<string>();
        const client = await proxied(async ({ method, path }) => {
            const org = /-(moved|done|scaled)\//.exec(path)?.[1] ?? "";
            if (method === "PATCH" && !touched.has(org)) {
                touched.add(org);
                const image = org === "moved" ? "nginx:1.29" : org === "done" ? TARGET : LATEST;
                await direct.request({
                    method: "PATCH",
                    path: path.split("?")[0] ?? "",
                    contentType: "application/strategic-merge-patch+json",
                    body: {
                        spec: {
                            replicas: org === "scaled" ? 2 : 1,
                            template: { spec: { containers: [{ name: "agent", image }] } },
                        },
                    },
                });
            }
            return undefined;
        });
        const results = await sync({}, client);
        assert.deepEqual(byName(results), {
            "moved/agent-main": "skipped",
            "done/agent-main": "already-current",
            "scaled/agent-main": "updated",
        });
        assert.equal((await read(`${prefix}-moved`)).spec.template.spec.containers[0]?.image, "nginx:1.29");
    });

    it("loses nothing, rolls nothing twice and counts right while requests fail at random", async () => {
        const orgs = 12;
        for (let index = 0; index < orgs; index++) {
            await make(`o${index}`, agent(), agent({ name: "agent-two" }));
        }
        await settledAgents(direct, label, orgs * 2);
        const found = await list();
        let seed = 7;
        const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
        const seen = new Set<string>();
        const faults: Fault[] = [{ status: 429 }, { status: 500 }, { status: 409 }, "reset", "lose-answer"];
        const client = await proxied(({ method }) => {
            const fault = random() < 0.4 ? faults[Math.floor(random() * faults.length)] : undefined;
            if (fault !== undefined) {
                seen.add(`${method} ${typeof fault === "object" ? fault.status : fault}`);
            }
            return method === "GET" && typeof fault === "object" && fault.status === 409 ? undefined : fault;
        });
        const results = await sync({}, client, found);
        assert.equal(syncCountsLine(results), `updated=${orgs * 2} already-current=0 failed=0 skipped=0`);
        assert.ok(seen.has("PATCH lose-answer"), [...seen].join(", "));
        for (const each of await list()) {
            assert.deepEqual(each.containers[0]?.image, readImage(TARGET));
            assert.equal(each.generation, 2, "one change of its spec");
        }
    });

    it("is finished by a second run when it is interrupted, which repeats nothing", async () => {
        for (let index = 0; index < 8; index++) {
            await make(
                `o${index}`,
                agent({ podAnnotations: { "local.customer-orgs/start-after": "300ms" } }),
            );
        }
        await settledAgents(direct, label, 8);
        const controller = new AbortController();
        let concluded = 0;
        const first = await syncFleet(
            direct,
            await list(),
            options({ maxUnavailableOrgs: 2, signal: controller.signal }),
            () => {
                concluded++;
                if (concluded === 3) {
                    controller.abort(new Error("interrupted by SIGINT"));
                }
            },
        );
        const count = (results: readonly SyncResult[], outcome: string) =>
            results.filter((result) => result.outcome === outcome).length;
        const updated = count(first, "updated");
        assert.ok(updated >= 3 && updated < 8, `${updated} updated`);
        assert.equal(updated + count(first, "not-tried"), 8);
        const second = await sync();
        assert.equal(
            syncCountsLine(second),
            `updated=${8 - updated} already-current=${updated} failed=0 skipped=0`,
        );
        for (const each of await list()) {
            assert.equal(each.generation, 2, "one change of its spec");
            assert.equal(each.availableReplicas, 1);
        }
    });
});
