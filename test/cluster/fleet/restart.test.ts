import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { readCluster } from "../../../kube/readCluster";
import { syncCountsLine } from "../../../fleet/sync/describeSync";
import { syncFleet } from "../../../fleet/sync/syncFleet";
import { parseImageReference, readImage } from "../../../images/imageReference";
import { type EmbeddedCluster, startCluster } from "../../../local/cluster/startCluster";
import { killComponent } from "../../support/clusterComponent";
import { makeOrg, settledAgents } from "../../support/handMadeOrgs";
import { skipWithoutCluster } from "../../support/sharedCluster";

const TARGET = `ghcr.io/genbrain/claude-code@sha256:${"5".repeat(64)}`;

/** A cluster of its own, since its API server is killed. */
describe("fleet sync while the API server is stopped and started again", function () {
    this.timeout(180_000);
    const name = `fleet-${process.pid}`;
    let cluster: EmbeddedCluster | undefined;
    let client: KubeClient;

    before(async function () {
        this.timeout(25 * 60_000);
        if (process.platform !== "linux") {
            console.error("SKIPPED: how a process was started is read from /proc");
            this.skip();
        }
        await skipWithoutCluster(this);
        cluster = await startCluster({ name, nodes: 1, owned: true });
        const config = new KubeConfig();
        config.loadFromFile(cluster.kubeconfigPath);
        client = createKubeClient(config, { timeoutMs: 5_000 });
    });
    after(async () => {
        (client as KubeClient | undefined)?.close();
        await cluster?.stop();
    });

    it("loses nothing, rolls nothing twice, and counts right", async () => {
        const orgs = 20;
        for (let index = 0; index < orgs; index++) {
            await makeOrg(client, `org-r${index}`, { "fleet-test": "restart" }, [
                {
                    name: "agent-main",
                    image: "ghcr.io/genbrain/claude-code:latest",
                    podAnnotations: { "local.customer-orgs/start-after": "200ms" },
                },
            ]);
        }
        await settledAgents(client, "fleet-test=restart", orgs);
        const { deployments } = await readCluster(client, { pods: false });
        const parsed = parseImageReference(TARGET);
        assert.ok(parsed.ok);
        let restarted: Promise<void> | undefined;
        let concluded = 0;
        const results = await syncFleet(
            client,
            deployments,
            {
                rules: {
                    reference: { kind: "image", image: parsed.reference, anyRepository: false },
                    breakGlass: false,
                    managed: new Set(),
                    forbids: () => undefined,
                    now: () => new Date(),
                },
                dryRun: false,
                wait: true,
                timeoutSeconds: 120,
                maxUnavailableOrgs: 4,
                maxFailures: 1,
            },
            () => {
                concluded++;
                if (concluded === 5) {
                    restarted = restartApiServer(name, 2_000);
                }
            },
        );
        assert.ok(restarted !== undefined);
        await restarted;
        const reasons = results.flatMap(({ reason }) => reason ?? []).join("\n");
        assert.equal(
            syncCountsLine(results),
            `updated=${orgs} already-current=0 failed=0 skipped=0`,
            reasons,
        );
        const after = await readCluster(client, { pods: false });
        for (const each of after.deployments) {
            assert.deepEqual(each.containers[0]?.image, readImage(TARGET));
            assert.equal(each.generation, 2, "one change of its spec");
            assert.equal(each.availableReplicas, 1);
        }
    });
});

/** Kills a cluster's API server, and starts the same again after a while. */
async function restartApiServer(name: string, downMs: number): Promise<void> {
    const start = await killComponent(name, "kube-apiserver");
    await sleep(downMs);
    start();
}
