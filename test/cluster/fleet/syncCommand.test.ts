import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { readReferenceDeployment } from "../../../fleet/sync/findSyncReference";
import { type SyncOptions, runSync } from "../../../fleet/sync/runSync";
import type { SyncResult } from "../../../fleet/sync/syncFleet";
import { type Fault, type PassingRequest, startFaultProxy } from "../../support/faultProxy";
import { type HandMadeAgent, makeOrg, settledAgents } from "../../support/handMadeOrgs";
import { useCluster } from "../../support/sharedCluster";
import { testIo } from "../../support/testIo";
import { until } from "../../support/until";

const REPOSITORY = "ghcr.io/genbrain/claude-code";
const LATEST = `${REPOSITORY}:latest`;
const DIGEST = `sha256:${"5".repeat(64)}`;
const TARGET = `${REPOSITORY}:sha-19f3175@${DIGEST}`;

describe("the command fleet sync on a cluster", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    let direct: KubeClient;
    let suite = 0;
    let prefix: string;
    let label: string;
    let project: string;
    let reference: string;
    const closing: (() => void | Promise<void>)[] = [];

    beforeEach(() => {
        direct = createKubeClient(cluster().kubeConfig);
        suite++;
        prefix = `org-syncs${process.pid}-${suite}`;
        label = `fleet-test=${prefix}`;
        project = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-sync-"));
        reference = path.join(project, "reference.json");
        const runtimes = { "claude-code": { image: TARGET, release: "v2" } };
        fs.writeFileSync(reference, JSON.stringify({ runtimeImages: { schemaVersion: 1, runtimes } }));
    });
    afterEach(async () => {
        for (const close of closing.splice(0)) {
            await close();
        }
        direct.close();
        fs.rmSync(project, { recursive: true, force: true });
    });

    const make = (name: string, ...agents: readonly HandMadeAgent[]) =>
        makeOrg(direct, `${prefix}-${name}`, { "fleet-test": prefix }, agents);
    const agent = (parts: Partial<HandMadeAgent> = {}): HandMadeAgent => ({
        name: "agent-main",
        image: LATEST,
        ...parts,
    });
    const imageOf = async (org: string) => {
        const { spec } = (await direct.request({
            path: `/apis/apps/v1/namespaces/${prefix}-${org}/deployments/agent-main`,
        })) as { spec: { template: { spec: { containers: { image: string }[] } } } };
        return spec.template.spec.containers[0]?.image;
    };
    const veto = () => {
        fs.mkdirSync(path.join(project, "platform"));
        const vetoes = [{ digest: DIGEST, reason: "eats mail", by: "ann", at: "2026-07-01T00:00:00Z" }];
        fs.writeFileSync(path.join(project, "platform/vetoes.yaml"), stringify({ vetoes }));
    };
    const sync = async (parts: Partial<SyncOptions> = {}) => {
        const lines: string[] = [];
        const errors: string[] = [];
        const io = testIo({ out: (text) => lines.push(text), err: (text) => errors.push(text) });
        const options: SyncOptions = {
            ...{ project, reference, context: cluster().context, kubeconfig: cluster().kubeconfigPath },
            ...{ namespaceSelector: label, wait: true, timeout: 30, all: false },
            ...{ maxUnavailableOrgs: 10, maxFailures: 10, concurrency: 16 },
            ...parts,
        };
        return {
            code: await runSync(options, io),
            lines,
            output: lines.join("\n"),
            errors: errors.join("\n"),
        };
    };
    const proxied = async (decide: (request: PassingRequest) => Fault | Promise<Fault>) => {
        const proxy = await startFaultProxy(cluster().kubeconfigPath, decide);
        closing.push(proxy.close);
        return proxy.kubeConfig;
    };

    it("wants to be told the cluster where no stack says it", async () => {
        await assert.rejects(sync({ context: undefined }), /which cluster\? Expected --stack.*--context/);
    });

    it("does not know that a cluster without any agent is right, unless it was said", async () => {
        const none = await sync();
        assert.equal(none.code, 2);
        assert.equal(none.output, "updated=0 already-current=0 failed=0 skipped=0");
        assert.match(none.errors, /no agent was found in the cluster of the context ".*--allow-none/);
        assert.equal((await sync({ allowNone: true })).code, 0);
    });

    it("brings nobody to a vetoed digest: by pins, from a Deployment, and when breaking glass", async () => {
        await make("stale", agent());
        await make("there", agent({ image: TARGET }));
        await settledAgents(direct, label, 2);
        veto();
        for (const parts of [{}, { breakGlass: "CVE-2026-1" }]) {
            const { code, output } = await sync(parts);
            assert.equal(code, 1);
            assert.match(output, /^skipped +\S+-stale\/agent-main: refused: .*vetoed by ann.*eats mail/m);
            assert.match(output, /^skipped +\S+-there\/agent-main: refused: .*vetoed by ann/m);
        }
        const fromDeployment = `${prefix}-there/agent-main/agent`;
        const follow = { reference: undefined, fromDeployment, breakGlass: "CVE-2026-1" };
        await assert.rejects(
            until("the pods to say what they run", () =>
                sync(follow).catch((error: unknown) => {
                    if (/no proof of its image/.test(String(error))) {
                        return undefined;
                    }
                    throw error;
                }),
            ),
            /refused: nothing may be brought to .*vetoed by ann/,
        );
        assert.equal(await imageOf("stale"), LATEST);
    });

    it("asks for a veto right before each agent is changed", async () => {
        for (const name of ["a", "b"]) {
            await make(name, agent());
        }
        await settledAgents(direct, label, 2);
        const kubeConfig = await proxied(({ method }) => {
            if (method === "PATCH") {
                veto();
            }
            return undefined;
        });
        const file = path.join(project, "kubeconfig");
        fs.writeFileSync(file, kubeConfig.exportConfig());
        const { code, output } = await sync({ context: "proxy", kubeconfig: file, maxUnavailableOrgs: 1 });
        assert.equal(code, 1);
        assert.match(output, /^updated +\S+-a\/.*\nskipped +\S+-b\/.*vetoed by ann/m);
    });

    it("does not end well with agents that stay behind, and nobody has decided it", async () => {
        await make("paused", agent({ paused: true }));
        await make("unknown", agent({ image: "nginx:latest" }));
        await make("nameless", agent(), {
            ...agent(),
            name: "agent-none",
            labels: { "customer-orgs/runtime": "gone" },
        });
        const { code, output } = await sync();
        assert.equal(code, 1, output);
        assert.match(output, /^updated=1 already-current=0 failed=0 skipped=3 left-behind=3$/m);
        assert.match(output, /-unknown\/agent-main: .*--runtime says which one it is/);
    });

    it("ends well where those that stay were decided about: Pulumi's own, and an override's", async () => {
        const labels = {
            "app.kubernetes.io/managed-by": "pulumi",
            "app.kubernetes.io/part-of": "customer-orgs",
        };
        await make("managed", agent({ labels }));
        const until = "9999-12-31";
        await make("held", agent({ labels, annotations: { "customer-orgs/override-expires": until } }));
        assert.equal((await sync()).code, 0);
        await make(
            "over",
            agent({ labels, annotations: { "customer-orgs/override-expires": "2026-01-31" } }),
        );
        const { code, output } = await sync();
        assert.equal(code, 1);
        assert.match(output, /-over\/agent-main: its override has expired, the last day was 2026-01-31/);
    });

    it("counts and tells what became of everybody when the credential plugin fails once", async () => {
        for (const name of ["a", "b", "c", "d"]) {
            await make(name, agent());
        }
        await settledAgents(direct, label, 4);
        const kubeConfig = await proxied(() => undefined);
        const marker = path.join(project, "asked");
        const script = path.join(project, "plugin.sh");
        // It answers a token that has expired, so it is asked for each request, and fails at one of them.
        fs.writeFileSync(
            script,
            `#!/bin/sh\necho x >> ${marker}\nif [ $(wc -l < ${marker}) -eq 9 ]; then echo "sso is away" >&2; exit 1; fi\n` +
                `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t","expirationTimestamp":"2020-01-01T00:00:00Z"}}'\n`,
            { mode: 0o755 },
        );
        const config = JSON.parse(kubeConfig.exportConfig()) as { users: { user: object }[] };
        config.users[0] = {
            ...config.users[0],
            user: {
                exec: {
                    apiVersion: "client.authentication.k8s.io/v1",
                    command: script,
                    interactiveMode: "Never",
                },
            },
        };
        const file = path.join(project, "kubeconfig");
        fs.writeFileSync(file, JSON.stringify(config));
        const { code, output } = await sync({ context: "proxy", kubeconfig: file, json: true });
        const report = JSON.parse(output) as { results: SyncResult[] };
        assert.deepEqual(
            report.results.map(({ outcome }) => outcome),
            ["updated", "updated", "updated", "updated"],
        );
        assert.equal(code, 0);
        assert.ok(fs.readFileSync(marker, "utf8").length > 2 * 9, "it failed in the middle of the run");
    });

    it("prints no escape sequence that an object brought along", async () => {
        await make("evil", agent({ image: "nginx\u001b[1A\u001b[2K\u202e:latest" }));
        const { output } = await sync();
        assert.match(output, /nginx\?\[1A\?\[2K\?:latest/);
        assert.ok(!output.includes("\u001b") && !output.includes("\u202e"), JSON.stringify(output));
    });

    it("follows a live Deployment, and refuses one whose image is mutable", async () => {
        await make("ref", agent({ name: "agent-good", image: TARGET }), agent());
        await settledAgents(direct, label, 2);
        const follow = (deployment: string, container = "agent") =>
            readReferenceDeployment(direct, { namespace: `${prefix}-ref`, deployment, container }, false, {
                now: new Date(),
            });
        // Its pods' imageID is what the node says that it pulled, a moment after they are available.
        const reference = await until("the pods to say what they run", () =>
            follow("agent-good").catch(() => undefined),
        );
        assert.equal(reference.kind === "image" && reference.image.digest, `sha256:${"5".repeat(64)}`);
        await assert.rejects(follow("agent-main"), /refused: .*:latest/);
        await assert.rejects(follow("agent-none"), /cannot be read: .*404/);
        await assert.rejects(follow("agent-good", "web"), /has no container "web", expected one of "agent"/);
    });

    it("follows no Deployment whose rollout has not finished, or whose pods run another digest", async () => {
        const follow = (deployment: string) =>
            readReferenceDeployment(
                direct,
                { namespace: `${prefix}-ref`, deployment, container: "agent" },
                false,
                { now: new Date() },
            );
        await make(
            "ref",
            agent({
                name: "agent-failed",
                image: TARGET,
                podAnnotations: { "local.customer-orgs/fail": "ErrImagePull" },
            }),
            agent({ name: "agent-idle", image: TARGET, replicas: 0 }),
            agent({ name: "agent-pushed", image: TARGET }),
        );
        // Each after its controller has seen it.
        const refused = (deployment: string, why: RegExp) =>
            until(`"${deployment}" to be refused`, () =>
                follow(deployment).then(
                    () => undefined,
                    (error: unknown) => (why.test(String(error)) ? true : undefined),
                ),
            );
        await refused("agent-failed", /is no proof of its image .*ErrImagePull/);
        await refused("agent-idle", /is no proof of its image .*it has no pods/);
        await until("the pods to say what they run", () => follow("agent-pushed").catch(() => undefined));
        const pods = `/api/v1/namespaces/${prefix}-ref/pods`;
        const { items } = (await direct.request({
            path: pods,
            query: { labelSelector: "app=agent-pushed" },
        })) as { items: { metadata: { name: string }; status: { containerStatuses: object[] } }[] };
        const [pod] = items;
        assert.ok(pod);
        const [status] = pod.status.containerStatuses;
        await direct.request({
            method: "PATCH",
            path: `${pods}/${pod.metadata.name}/status`,
            contentType: "application/merge-patch+json",
            body: {
                status: {
                    containerStatuses: [{ ...status, imageID: `${REPOSITORY}@sha256:${"6".repeat(64)}` }],
                },
            },
        });
        await assert.rejects(follow("agent-pushed"), /runs "sha256:6{64}"/);
    });
});
