import assert from "node:assert/strict";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import type { FleetReport } from "../../../fleet/stale/fleetReport";
import { imageOf } from "../../support/referenceProject";
import { runFleet } from "../../support/runFleet";
import { useEngine } from "../../support/useEngine";

const NAMESPACE = "stale-core";
const IMAGE = imageOf("claude-code", "1");

describe("fleet stale of the core fleet, on a real engine", function () {
    this.timeout(240_000);
    const suite = useEngine();
    let client: KubeClient;

    const stale = async (...args: string[]) => {
        const all = ["stale", "--stack", "corefleet", "--json", ...args];
        const { output, errors } = await runFleet(suite().workspace, all);
        assert.ok(output.startsWith("{"), errors);
        const report = JSON.parse(output) as FleetReport;
        const core = report.rows.filter(({ namespace }) => namespace === NAMESPACE);
        return { ...report, core, of: (agent: string) => core.find((row) => row.agent === agent) };
    };

    before(async () => {
        const { workspace, cluster } = suite();
        client = createKubeClient(cluster.kubeConfig);
        workspace.writeSettings("platform", "corefleet", {
            "platform:kubeContext": cluster.context,
            "platform:runtimes": { "claude-code": { image: IMAGE, release: "v1" } },
            "platform:coreFleet": {
                namespace: NAMESPACE,
                agents: [
                    { name: "cto", runtime: "claude-code" },
                    { name: "ceo", runtime: "claude-code" },
                ],
            },
        });
        await (await workspace.stack("platform", "corefleet")).up();
        workspace.writeOrg("corefleet", "core-org", {
            slug: "core-org",
            displayName: "An org",
            agents: [{ name: "coder", runtime: "claude-code" }],
        });
        workspace.writeSettings("customer-orgs", "corefleet", {
            "customer-orgs:referenceStack": "organization/platform/corefleet",
            "customer-orgs:orgs": "orgs/corefleet",
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { progressDeadlineSeconds: 60, minReadySeconds: 0 },
        });
        await (await workspace.stack("customer-orgs", "corefleet")).up();
    });
    after(() => {
        (client as KubeClient | undefined)?.close();
    });

    it("lists the platform's own agents as rows like all others, with what they have proven", async () => {
        const { core, proofs } = await stale();
        assert.deepEqual(
            core.map(({ org, agent, status, stack, deployed }) => [org, agent, status, stack, deployed]),
            [
                ["(core)", "ceo", "current", "platform/corefleet", IMAGE],
                ["(core)", "cto", "current", "platform/corefleet", IMAGE],
            ],
            JSON.stringify(core),
        );
        assert.equal(core[0]?.proof?.state, "proven");
        const proof = proofs.find(({ stack }) => stack === "platform/corefleet");
        assert.deepEqual([proof?.proven?.release, proof?.proven?.count], ["v1", 2]);
        assert.ok(
            proofs.some(({ stack }) => stack === "corefleet"),
            "and the stack of the orgs its own",
        );
    });

    it("sees an image of theirs that somebody set by hand, a container beside it, and what else runs their image", async () => {
        await client.request({
            method: "PATCH",
            path: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/agent-cto`,
            query: { fieldManager: "kubectl-set" },
            contentType: "application/strategic-merge-patch+json",
            body: {
                spec: {
                    template: {
                        spec: { containers: [{ name: "agent", image: imageOf("claude-code", "9") }] },
                    },
                },
            },
        });
        const left = {
            name: "left-behind",
            image: imageOf("claude-code", "9"),
            command: ["true"],
            // What Pod Security asks of it: an agent whose pods are refused is failing, which says more.
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        };
        await client.request({
            method: "PATCH",
            path: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/agent-ceo`,
            query: { fieldManager: "kubectl-edit" },
            contentType: "application/strategic-merge-patch+json",
            body: { spec: { template: { spec: { initContainers: [left] } } } },
        });
        await client.request({
            method: "POST",
            path: `/apis/batch/v1/namespaces/${NAMESPACE}/cronjobs`,
            body: {
                metadata: { name: "nightly" },
                spec: {
                    schedule: "0 3 * * *",
                    jobTemplate: {
                        spec: {
                            template: {
                                spec: {
                                    restartPolicy: "Never",
                                    containers: [{ name: "x", image: imageOf("claude-code", "9") }],
                                },
                            },
                        },
                    },
                },
            },
        });
        const { of } = await stale();
        assert.equal(of("cto")?.status, "drifted", JSON.stringify(of("cto")));
        assert.equal(of("ceo")?.status, "drifted", JSON.stringify(of("ceo")));
        assert.match(of("ceo")?.notes.join() ?? "", /the container "left-behind" has/);
        assert.deepEqual([of("nightly")?.status, of("nightly")?.kind], ["unmanaged", "CronJob"]);
    });
});
