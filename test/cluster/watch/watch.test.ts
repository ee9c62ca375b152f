import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { parseAllDocuments, stringify } from "yaml";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { type EmbeddedCluster, startCluster } from "../../../local/cluster/startCluster";
import { runWatch } from "../../../watch/runWatch";
import { killComponent } from "../../support/clusterComponent";
import { makeOrg, settledAgents } from "../../support/handMadeOrgs";
import { HookServer } from "../../support/hookServer";
import { setImageID } from "../../support/setImageID";
import { skipWithoutCluster } from "../../support/sharedCluster";
import { StaleProject } from "../../support/staleProject";
import { testIo } from "../../support/testIo";
import { until } from "../../support/until";

const image = (digit: string) => `ghcr.io/genbrain/claude-code@sha256:${digit.repeat(64)}`;
const SECRET = "a secret of more than sixteen";

/** A cluster of its own, since its API server is killed. */
describe("fleet watch on a cluster", function () {
    this.timeout(120_000);
    const name = `watch-${process.pid}`;
    const ending = new AbortController();
    let cluster: EmbeddedCluster | undefined;
    let client: KubeClient;
    let hook: HookServer;
    let project: StaleProject;
    let printed = "";
    let ended: Promise<number>;

    const base = () => /http:\/\/[\d.:]+/.exec(printed)?.[0] ?? "";
    const get = async (page: string) => {
        const answer = await fetch(base() + page);
        return { status: answer.status, text: await answer.text() };
    };
    const metric = async (pattern: RegExp) =>
        until(`the metric ${String(pattern)}`, async () => pattern.exec((await get("/metrics")).text)?.[0]);
    const told = (org: string, to: string) =>
        until(`${org} to be told as ${to}`, () =>
            Promise.resolve(hook.changes.find((change) => change.org === org && change.to === to)),
        );

    before(async function () {
        this.timeout(25 * 60_000);
        await skipWithoutCluster(this);
        cluster = await startCluster({ name, nodes: 1, owned: true });
        const config = new KubeConfig();
        config.loadFromFile(cluster.kubeconfigPath);
        client = createKubeClient(config, { timeoutMs: 5_000 });
        hook = await HookServer.start(SECRET);
        project = new StaleProject(image("2"));
        const kubeconfig = path.join(project.directory, "watcher.kubeconfig");
        const orgs = { "wa-good": image("2"), "wa-two": image("2") };
        project.addStack("test", { context: "watcher", kubeconfig, images: orgs });
        for (const [org, runs] of Object.entries(orgs)) {
            await makeOrg(client, `org-${org}`, { "fleet-test": "watch" }, [
                { name: "agent-coder", image: runs },
            ]);
        }
        await settledAgents(client, "fleet-test=watch", 2);
        await setImageID(client, "wa-good", image("2"));
        await setImageID(client, "wa-two", image("2"));
        fs.writeFileSync(kubeconfig, await watcherKubeconfig(config));
        fs.writeFileSync(path.join(project.directory, "secret"), `${SECRET}\n`);
        const io = testIo({
            err: (text) => (printed += `${text}\n`),
            interruption: () => ({
                signal: ending.signal,
                stop: ending.signal,
                kill: ending.signal,
                exitCode: () => (ending.signal.aborted ? 143 : undefined),
                end: () => undefined,
            }),
        });
        ended = runWatch(
            {
                project: project.directory,
                stack: ["test"],
                engine: false,
                registry: false,
                outputs: [path.join(project.directory, "test.json")],
                reference: path.join(project.directory, "reference.json"),
                listen: "127.0.0.1:0",
                interval: 2,
                webhook: hook.url,
                webhookSecretFile: path.join(project.directory, "secret"),
            },
            io,
            { heartbeat: 300, lost: 2_500, firstSync: 20_000 },
        );
        await until("the address", () => Promise.resolve(base() === "" ? undefined : true));
    });
    after(async () => {
        ending.abort();
        (client as KubeClient | undefined)?.close();
        await (hook as HookServer | undefined)?.stop();
        (project as StaleProject | undefined)?.remove();
        await cluster?.stop();
    });

    /** As the manifest's ServiceAccount, with its rights and no others. */
    async function watcherKubeconfig(admin: KubeConfig): Promise<string> {
        const documents = parseAllDocuments(
            fs.readFileSync(path.join(PACKAGE_ROOT, "docs/watcher.yaml"), "utf8"),
        );
        const paths: Readonly<Record<string, string>> = {
            Namespace: "/api/v1/namespaces",
            ServiceAccount: "/api/v1/namespaces/fleet-watch/serviceaccounts",
            ClusterRole: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            ClusterRoleBinding: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            ConfigMap: "/api/v1/namespaces/fleet-watch/configmaps",
            Deployment: "/apis/apps/v1/namespaces/fleet-watch/deployments",
        };
        for (const document of documents) {
            const body = document.toJS() as { kind: string };
            await client.request({ method: "POST", path: paths[body.kind] ?? "", body });
        }
        const { status } = (await client.request({
            method: "POST",
            path: "/api/v1/namespaces/fleet-watch/serviceaccounts/fleet-watch/token",
            body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
        })) as { status: { token: string } };
        const found = admin.getCurrentCluster();
        return stringify({
            apiVersion: "v1",
            kind: "Config",
            clusters: [
                {
                    name: "c",
                    cluster: {
                        server: found?.server,
                        "certificate-authority": found?.caFile,
                        "certificate-authority-data": found?.caData,
                    },
                },
            ],
            users: [{ name: "u", user: { token: status.token } }],
            contexts: [{ name: "watcher", context: { cluster: "c", user: "u" } }],
        });
    }

    it("is healthy with the least rights, and serves the metrics, the page and the report", async () => {
        await metric(/^fleet_watch_healthy 1$/m);
        assert.equal((await get("/healthz")).status, 200);
        const { text } = await get("/metrics");
        assert.match(
            text,
            /^fleet_agents\{stack="test",cluster="watcher",status="current",report="test"\} 2$/m,
        );
        assert.match(text, /^fleet_watch_cluster_up\{cluster="watcher"\} 1$/m);
        assert.match((await get("/")).text, /<html[\s\S]*wa-good/);
        const { report } = JSON.parse((await get("/report.json")).text) as {
            report: { rows: { org: string }[] };
        };
        assert.deepEqual(report.rows.map(({ org }) => org).sort(), ["wa-good", "wa-two"]);
        assert.equal((await get("/nowhere")).status, 404);
        assert.equal((await fetch(base(), { method: "POST" })).status, 405);
    });

    it("shows a pod on another digest in the metrics, and posts it, signed and without the secret", async () => {
        await setImageID(client, "wa-two", image("1"));
        const change = await told("wa-two", "drifted");
        assert.equal(change.from, "current");
        assert.match(change.notes.join(), /its pods run sha256:1111/);
        await metric(/^fleet_agents\{stack="test",cluster="watcher",status="drifted",report="test"\} 1$/m);
        for (const { isSigned, text } of hook.deliveries) {
            assert.ok(isSigned);
            assert.ok(!text.includes(SECRET));
        }
        await setImageID(client, "wa-two", image("2"));
        await told("wa-two", "current");
    });

    it("sees an org that is made by hand and one that goes", async () => {
        await makeOrg(client, "org-wa-hand", { "fleet-test": "watch" }, [
            { name: "agent-coder", image: image("2") },
        ]);
        await told("wa-hand", "unmanaged");
        await client.request({
            method: "PATCH",
            path: "/apis/apps/v1/namespaces/org-wa-two/deployments/agent-coder",
            contentType: "application/strategic-merge-patch+json",
            body: { spec: { template: { spec: { containers: [{ name: "agent", image: image("7") }] } } } },
        });
        await told("wa-two", "drifted");
    });

    it("knows nothing, and says so, while the API server is gone, and everything once it is back", async () => {
        if (process.platform !== "linux") {
            return;
        }
        const start = await killComponent(name, "kube-apiserver");
        await metric(/^fleet_watch_cluster_up\{cluster="watcher"\} 0$/m);
        await metric(/^fleet_agents\{.*status="unknown".*\} [1-9]/m);
        const { status, text } = await get("/healthz");
        assert.equal(status, 503);
        assert.match(text, /the cluster \\"watcher\\": the API server.* has not answered since 20/);
        assert.doesNotMatch((await get("/metrics")).text, /status="current",report="test"\} [1-9]/);
        await told("wa-good", "unknown");
        await told("wa-hand", "unknown");
        assert.equal(hook.changes.filter(({ kind, to }) => kind === "source" && to === "found").length, 1);
        const before = hook.deliveries.length;
        start();
        await metric(/^fleet_watch_healthy 1$/m);
        await metric(/status="current",report="test"\} 1$/m);
        await until("the news", () =>
            Promise.resolve(
                hook.deliveries
                    .slice(before)
                    .some(({ changes }) =>
                        changes.some(({ org, to }) => org === "wa-good" && to === "current"),
                    )
                    ? true
                    : undefined,
            ),
        );
        // It watches again, and does not only list.
        await setImageID(client, "wa-good", image("1"));
        await metric(/status="drifted",report="test"\} 2$/m);
    });

    it("ends by its signal, with its exit code", async () => {
        ending.abort();
        assert.equal(await ended, 143);
        await assert.rejects(fetch(`${base()}/metrics`));
    });
});
