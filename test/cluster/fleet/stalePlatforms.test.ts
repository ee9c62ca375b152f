import assert from "node:assert/strict";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { readCluster } from "../../../kube/readCluster";
import { makeOrg } from "../../support/handMadeOrgs";
import { pushIndex } from "../../support/pushIndex";
import { RegistryProxy } from "../../support/registryProxy";
import { setImageID } from "../../support/setImageID";
import { useCluster } from "../../support/sharedCluster";
import { StaleProject } from "../../support/staleProject";
import { until } from "../../support/until";
import { useRegistry } from "../../support/useRegistry";

describe("fleet stale of images for several platforms, with a real registry", function () {
    this.timeout(120_000);
    const cluster = useCluster();
    const registry = useRegistry();
    const orgs = ["pf-one", "pf-two"];
    let proxy: RegistryProxy;
    let client: KubeClient;
    let project: StaleProject;
    let repository: string;
    let manifest: string;

    const report = (...args: string[]) =>
        project.report("--stack", "test", "--namespace-selector", "fleet-test=platforms", ...args);

    before(async () => {
        proxy = await RegistryProxy.start(registry().host, "bearer-for-anyone");
        const pushed = await pushIndex(registry(), "genbrain/many");
        manifest = pushed.manifest;
        repository = `${proxy.host}/genbrain/many`;
        const image = `${repository}@${pushed.index}`;
        client = createKubeClient(cluster().kubeConfig);
        const { context, kubeconfigPath: kubeconfig } = cluster();
        project = new StaleProject(image);
        const images = Object.fromEntries(orgs.map((org) => [org, image]));
        project.addStack("test", { context, kubeconfig, images });
        for (const org of orgs) {
            await makeOrg(client, `org-${org}`, { "fleet-test": "platforms" }, [
                { name: "agent-coder", image },
            ]);
        }
        await until("the pods to run", async () => {
            const { pods } = await readCluster(client, {
                pods: true,
                namespaceSelector: "fleet-test=platforms",
            });
            return pods.filter(({ statuses }) => statuses.some(({ ready }) => ready)).length === 2
                ? true
                : undefined;
        });
    });
    after(async () => {
        (client as KubeClient | undefined)?.close();
        (project as StaleProject | undefined)?.remove();
        await (proxy as RegistryProxy | undefined)?.stop();
    });

    it("takes a platform's manifest for the index that was deployed, and asks the registry once for all agents", async () => {
        for (const org of orgs) {
            await setImageID(client, org, `${repository}@${manifest}`);
        }
        proxy.seen.length = 0;
        const { of } = await report();
        assert.deepEqual(
            orgs.map((org) => [of(org).status, of(org).notes]),
            orgs.map(() => ["current", []]),
        );
        const asked = proxy.seen.filter(({ path }) => path.includes("/manifests/"));
        assert.equal(new Set(asked.map(({ path }) => path)).size, 1);
        // The question, once more with a token, and the index itself: for both agents together.
        assert.equal(asked.length, 3, JSON.stringify(asked));
        const { of: without } = await report("--no-registry");
        assert.equal(without("pf-one").status, "drifted");
    });

    it("calls a digest that is none of its platforms' drifted", async () => {
        await setImageID(client, "pf-two", `${repository}@sha256:${"e7".repeat(32)}`);
        const { of } = await report();
        assert.deepEqual([of("pf-one").status, of("pf-two").status], ["current", "drifted"]);
        assert.match(of("pf-two").notes.join(), /its pods run sha256:e7e7/);
        assert.doesNotMatch(of("pf-two").notes.join(), /could not be asked/);
    });
});
