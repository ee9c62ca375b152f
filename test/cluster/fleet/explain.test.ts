import assert from "node:assert/strict";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import type { Explanation } from "../../../fleet/explain/explanation";
import { makeOrg, settledAgents } from "../../support/handMadeOrgs";
import { setImageID } from "../../support/setImageID";
import { useCluster } from "../../support/sharedCluster";
import { StaleProject } from "../../support/staleProject";

const image = (digit: string) => `ghcr.io/genbrain/claude-code@sha256:${digit.repeat(64)}`;

describe("fleet explain on a cluster", function () {
    this.timeout(120_000);
    const cluster = useCluster();
    const LABEL = { "fleet-test": "explain" };
    let client: KubeClient;
    let project: StaleProject;
    const explain = (...args: string[]) =>
        project.fleet("explain", "--namespace-selector", "fleet-test=explain", ...args);
    const explained = async (...args: string[]) => {
        const { output, errors, code } = await explain("--json", ...args);
        assert.ok(output.startsWith('{\n  "schemaVersion"'), output + errors);
        const { agents } = JSON.parse(output) as Explanation;
        const [agent] = agents;
        assert.ok(agent !== undefined);
        return { agent, code };
    };

    before(async () => {
        client = createKubeClient(cluster().kubeConfig);
        const { context, kubeconfigPath: kubeconfig } = cluster();
        project = new StaleProject(image("2"));
        const images = { "ex-good": image("2"), "ex-behind": image("1"), "ex-pushed": image("2") };
        project.addStack("test", { context, kubeconfig, images });
        for (const [org, runs] of Object.entries({ ...images, "ex-hand": image("2") })) {
            await makeOrg(client, `org-${org}`, LABEL, [{ name: "agent-coder", image: runs }]);
        }
        await settledAgents(client, "fleet-test=explain", 4);
        for (const org of ["ex-good", "ex-hand"]) {
            await setImageID(client, org, image("2"));
        }
        await setImageID(client, "ex-behind", image("1"));
        await setImageID(client, "ex-pushed", image("3"));
    });
    after(() => {
        (client as KubeClient | undefined)?.close();
        (project as StaleProject | undefined)?.remove();
    });

    it("finds the org's stack by its files, says by its pods what runs since when, and ends with 0", async () => {
        const { agent, code } = await explained("ex-good/coder");
        assert.equal(code, 0, JSON.stringify(agent));
        assert.equal(agent.stack, "test");
        const [running] = agent.running;
        assert.deepEqual([running?.digest, running?.ready], [`sha256:${"2".repeat(64)}`, 1]);
        assert.match(running?.since ?? "", /^20\d\d-\d\d-\d\dT/);
        assert.equal(agent.next.does, "nothing");
        assert.equal(agent.values.find(({ word }) => word === "replicas")?.where, undefined);
    });

    it("ends with 1 for one that is behind, and says from where to where it is rolled", async () => {
        const { agent, code } = await explained("ex-behind");
        assert.equal(code, 1);
        assert.deepEqual([agent.status, agent.next.does, agent.next.image], ["stale", "rolls", image("2")]);
    });

    it("believes the pods and not the template", async () => {
        const { agent, code } = await explained("ex-pushed", "--no-registry");
        assert.equal(code, 1);
        assert.equal(agent.status, "drifted");
        assert.equal(agent.running[0]?.digest, `sha256:${"3".repeat(64)}`);
        assert.match(agent.why.map(({ text }) => text).join("\n"), /its pods run sha256:3333/);
    });

    it("knows an org that is in no file, and says that nobody rolls it", async () => {
        const { agent, code } = await explained("ex-hand");
        assert.equal(code, 1);
        assert.deepEqual([agent.status, agent.stack, agent.next.does], ["unmanaged", null, "nothing"]);
        assert.match(agent.next.unless.join(), /"fleet adopt"/);
    });

    it("refuses an org that is nowhere and an agent that the org has not, with the names that there are", async () => {
        const nowhere = await explain("no-such-org");
        assert.equal(nowhere.code, 2);
        assert.match(nowhere.errors, /has the org "no-such-org"; expected one of ex-behind, ex-good/);
        const noAgent = await explain("ex-good/reviewer");
        assert.equal(noAgent.code, 2);
        assert.match(noAgent.errors, /the org "ex-good" has no agent "reviewer"; expected one of coder/);
    });

    it("ends with 2 where the cluster cannot be reached, and calls nothing current", async () => {
        const { agent, code } = await explained("ex-good", "--context", "nowhere");
        assert.equal(code, 2);
        assert.equal(agent.status, "unknown");
    });
});
