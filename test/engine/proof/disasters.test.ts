import assert from "node:assert/strict";
import { KubeConfig } from "@kubernetes/client-node";
import { findEngine } from "../../../engine/findEngine";
import { pause } from "../../../lib/system/pause";
import { type EmbeddedCluster, startCluster } from "../../../local/cluster/startCluster";
import { Workspace } from "../../../local/workspace";
import { killComponent } from "../../support/clusterComponent";
import { imagesIn } from "../../support/objects";
import { REFERENCE } from "../../support/referenceProject";
import { RingStack, publish } from "../../support/ringStacks";
import { skipWithoutCluster, startTimeout } from "../../support/sharedCluster";
import { skipBecause } from "../../support/skipBecause";
import type { EngineSuite } from "../../support/useEngine";

/** A cluster of its own, since its components are killed. */
describe("a ring whose control plane breaks, on a real engine", function () {
    this.timeout(900_000);
    const name = `ring-${process.pid}`;
    let cluster: EmbeddedCluster | undefined;
    let suite: EngineSuite;

    before(async function () {
        this.timeout(startTimeout);
        if (process.platform !== "linux") {
            skipBecause(this, "how a process was started is read from /proc");
        }
        const engine = await findEngine();
        if (!engine.ok) {
            skipBecause(this, `no engine: ${engine.reason}`);
        }
        await skipWithoutCluster(this);
        cluster = await startCluster({ name, nodes: 1, owned: true });
        const kubeConfig = new KubeConfig();
        kubeConfig.loadFromFile(cluster.kubeconfigPath);
        suite = { cluster: { ...cluster, kubeConfig }, workspace: Workspace.create(cluster.kubeconfigPath) };
    });
    after(async () => {
        (suite as EngineSuite | undefined)?.workspace.remove();
        await cluster?.stop();
    });
    const imageOf = async (org: string) => (await imagesIn(suite.cluster, `org-${org}`))["agent-main"];

    it("proves nothing while the controller-manager is stopped, and goes on when it is back", async () => {
        await publish(suite, "v1", "1");
        const ring = await RingStack.create(suite, "stopped", {
            reference: REFERENCE,
            orgs: { "stop-a": {} },
        });
        assert.equal((await ring.up()).release, "v1");
        await publish(suite, "v2", "2");
        const start = await killComponent(name, "kube-controller-manager");
        try {
            const { failed, release } = await ring.up();
            assert.match(failed ?? "", /stop-a\/main: .* its controller has not seen the present template/);
            assert.equal(release, "v1");
        } finally {
            start();
        }
        const { failed, release } = await ring.up();
        assert.deepEqual([failed, release], [undefined, "v2"]);
    });

    it("finishes a ring in which the API server is killed and comes back, and proves it", async () => {
        await publish(suite, "v1", "1");
        const slowly = { podAnnotations: { "local.customer-orgs/start-after": "6s" } };
        const agents = [{ name: "main", runtime: "platform-agent", ...slowly }];
        const names = ["api-a", "api-b", "api-c"];
        const ring = await RingStack.create(suite, "restarted", {
            reference: REFERENCE,
            orgs: Object.fromEntries(names.map((org) => [org, { agents }])),
            settings: { "customer-orgs:gate": { parallel: 1 } },
        });
        assert.equal((await ring.up()).release, "v1");

        const image = await publish(suite, "v2", "2");
        const update = ring.up();
        while (!(await Promise.all(names.map(imageOf))).includes(image)) {
            await pause(200);
        }
        // One agent rolls, and the others wait for their turn.
        await pause(1_000);
        const start = await killComponent(name, "kube-apiserver");
        await pause(2_000);
        start();
        const { failed, release, proof } = await update;
        assert.deepEqual([failed, release, proof.proven?.evidence.count], [undefined, "v2", 3]);
        assert.deepEqual(await Promise.all(names.map(imageOf)), [image, image, image]);
    });
});
