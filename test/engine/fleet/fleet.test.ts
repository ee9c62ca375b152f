import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { parse } from "yaml";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { readCluster } from "../../../kube/readCluster";
import type { FleetReport } from "../../../fleet/stale/fleetReport";
import { parseProof } from "../../../proof/proofRecord";
import { autoscale, companionsOf, makeOrg, settledAgents } from "../../support/handMadeOrgs";
import { until } from "../../support/until";
import { REFERENCE, deployReference, imageOf, runtimeImagesOf } from "../../support/referenceProject";
import { runFleet } from "../../support/runFleet";
import { useEngine } from "../../support/useEngine";
import { formatImageReference } from "../../../images/imageReference";
import type { LiveDeployment } from "../../../kube/liveObjects";

const OLD = imageOf("claude-code", "1");
const NEXT = imageOf("claude-code", "2");
const LAST = imageOf("claude-code", "3");
const LATEST = "ghcr.io/genbrain/claude-code:latest";

/** What an agent has had by hand, and keeps. */
const KEEPER = {
    command: ["/agent", "--serve"],
    nodeSelector: { "kubernetes.io/os": "linux" },
    claim: "files",
    account: { "cloud.example/role": "keeper" },
};

/** What a preview would do, but for what it only reads. */
const changesOf = (summary: object) => Object.keys(summary).filter((operation) => operation !== "read");

/** One org that Pulumi deploys and one that was made by hand, on one cluster. */
describe("the fleet commands on a real engine", function () {
    this.timeout(600_000);
    const suite = useEngine();
    let stack: Stack;
    let client: KubeClient;

    /** Runs the CLI as an operator would, against this suite's projects. */
    const fleet = (...args: string[]) => runFleet(suite().workspace, args);
    const stale = async () => {
        const { output, errors } = await fleet("stale", "--stack", "fleet", "--json");
        assert.ok(output.startsWith("{"), errors);
        const report = JSON.parse(output) as FleetReport;
        return {
            report,
            statusOf: (org: string, agent = "coder") =>
                report.rows.find((row) => row.org === org && row.agent === agent)?.status,
        };
    };
    const live = async (namespace: string) => {
        const { deployments } = await readCluster(client, { pods: false });
        const found = deployments.filter((each) => each.namespace === namespace);
        return Object.fromEntries(found.map((each) => [each.name, each]));
    };
    const imageText = (deployment: LiveDeployment | undefined) => {
        const image = deployment?.containers[0]?.image;
        return image && formatImageReference(image);
    };
    const replicaSets = async (namespace: string) => {
        const { items } = (await client.request({
            path: `/apis/apps/v1/namespaces/${namespace}/replicasets`,
        })) as { items: unknown[] };
        return items.length;
    };
    const setImage = (namespace: string, image: string) =>
        client.request({
            method: "PATCH",
            path: `/apis/apps/v1/namespaces/${namespace}/deployments/agent-coder`,
            query: { fieldManager: "kubectl-set" },
            contentType: "application/strategic-merge-patch+json",
            body: { spec: { template: { spec: { containers: [{ name: "agent", image }] } } } },
        });
    const pin = (image: string, release: string) =>
        deployReference(suite().workspace, runtimeImagesOf({ "claude-code": image }, release));

    before(async () => {
        const { workspace, cluster } = suite();
        client = createKubeClient(cluster.kubeConfig);
        await pin(OLD, "v1");
        workspace.writeOrg("fleet", "fleet-born", {
            slug: "fleet-born",
            displayName: "Born here",
            agents: [{ name: "coder", runtime: "claude-code" }],
        });
        workspace.writeSettings("customer-orgs", "fleet", {
            "customer-orgs:referenceStack": REFERENCE,
            "customer-orgs:orgs": "orgs/fleet",
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { progressDeadlineSeconds: 60, minReadySeconds: 0 },
        });
        stack = await workspace.stack("customer-orgs", "fleet");
        await stack.up();
        await makeOrg(client, "org-fleet-hand", { "fleet-test": "hand" }, [
            { name: "agent-coder", image: LATEST },
            { name: "agent-second", image: LATEST, replicas: 2 },
            { name: "agent-keeper", image: LATEST, ...KEEPER },
            { name: "agent-scaled", image: LATEST },
        ]);
        await autoscale(client, "org-fleet-hand", "agent-scaled", 4);
        await settledAgents(client, "fleet-test=hand", 4);
    });
    after(() => {
        (client as KubeClient | undefined)?.close();
    });

    it("stale tells the born org from the hand-made one", async () => {
        const { report, statusOf } = await stale();
        assert.equal(statusOf("fleet-born"), "current");
        assert.equal(statusOf("fleet-hand"), "unmanaged");
        assert.equal(statusOf("fleet-hand", "second"), "unmanaged");
        assert.deepEqual(report.compared, { target: true, deployed: true, cluster: true });
        const hand = report.rows.find(({ org }) => org === "fleet-hand");
        assert.equal(hand?.target?.image, OLD, "its repository says which runtime it is");
        assert.match(hand.running[0]?.digest ?? "", /^sha256:[0-9a-f]{64}$/);
    });

    it("stale compares without a cluster, and without an engine from an exported state", async () => {
        const state = path.join(suite().workspace.directory, "state.json");
        const reference = path.join(suite().workspace.directory, "reference.json");
        fs.writeFileSync(state, JSON.stringify(await stack.exportStack()));
        fs.writeFileSync(
            reference,
            JSON.stringify({ runtimeImages: runtimeImagesOf({ "claude-code": NEXT }, "v2") }),
        );
        const offline = await fleet(
            ...["stale", "--stack", "fleet", "--no-engine", "--no-cluster"],
            ...["--outputs", state, "--reference", reference],
        );
        assert.equal(offline.code, 1, offline.errors);
        assert.match(offline.output, /^stale +fleet-born +coder/m);
        assert.match(offline.output, /cluster was left out/);
        assert.match(offline.output, /^updated=0 already-current=0 stale=1$/m);
    });

    it("break-glass changes a managed agent, stale shows why, and the next update takes the field back", async () => {
        const reference = path.join(suite().workspace.directory, "reference.json");
        const sync = (...args: string[]) =>
            fleet(
                "sync",
                "--stack",
                "fleet",
                "--reference",
                reference,
                // Of the cluster's other orgs, whoever they are, this stack knows nothing.
                "--namespace-selector",
                "customer-orgs/org=fleet-born",
                ...args,
            );
        const refused = await sync();
        assert.match(refused.output, /^skipped +org-fleet-born\/agent-coder: Pulumi manages it/m);
        const done = await sync("--break-glass", "CVE-2026-1");
        assert.equal(done.code, 0, done.output + done.errors);
        assert.match(done.output, /^updated +org-fleet-born\/agent-coder/m);
        const { report, statusOf } = await stale();
        assert.equal(statusOf("fleet-born"), "drifted");
        assert.equal(report.rows.find(({ org }) => org === "fleet-born")?.breakGlass?.reason, "CVE-2026-1");

        await stack.up({ refresh: true });
        assert.equal(imageText((await live("org-fleet-born"))["agent-coder"]), OLD);
        const after = await stale();
        assert.equal(after.statusOf("fleet-born"), "current");
        assert.equal(after.report.rows.find(({ org }) => org === "fleet-born")?.breakGlass, null);
    });

    it("preview shows what will change, whose field it takes, and the namespace that would make it fail", async () => {
        const { workspace } = suite();
        await setImage("org-fleet-born", LATEST);
        await pin(NEXT, "v2");
        workspace.writeOrg("fleet", "fleet-hand", {
            slug: "fleet-hand",
            displayName: "By hand",
            agents: [{ name: "coder", runtime: "claude-code" }],
        });
        const { code, output } = await fleet("preview", "--stack", "fleet");
        workspace.writeOrg("fleet", "fleet-hand", undefined);
        assert.equal(code, 2, output);
        assert.match(output, /^update +fleet-born +coder +\S*111111111111 +\S*222222222222$/m);
        assert.match(output, /Would fail: the namespace "org-fleet-hand" exists already/);
        assert.match(output.replace(/\s+/g, " "), /"org-fleet-born\/agent-coder" is owned by "kubectl-set"/);
        assert.match(output, /^to-roll=1 to-create=1 to-replace=0 to-delete=0 refused=0 would-fail=\d$/m);
    });

    it("the update takes an image back that kubectl had set, without a conflict", async () => {
        await stack.up();
        assert.equal(imageText((await live("org-fleet-born"))["agent-coder"]), NEXT);
        const { code, output } = await fleet("preview", "--stack", "fleet");
        assert.equal(code, 0, output);
        assert.match(output, /^to-roll=0 to-create=0 /m);
    });

    it("adopt makes the hand-made org a managed one: nothing recreated, each agent rolled once", async () => {
        const before = await until("the autoscaler to have its pods", async () => {
            const found = await live("org-fleet-hand");
            return found["agent-scaled"]?.replicas === 4 ? found : undefined;
        });
        const companions = await companionsOf(client, "org-fleet-hand", "agent-keeper");
        assert.deepEqual([companions.volume, companions.role], ["org-fleet-hand-files", "keeper"]);
        const sets = await replicaSets("org-fleet-hand");
        const adopted = await fleet("adopt", "--stack", "fleet", "--org", "fleet-hand", "--import");
        assert.equal(adopted.code, 0, adopted.output + adopted.errors);
        assert.match(adopted.output, /agent "coder": its image, ".*:latest" -> ".*@sha256:2222/);
        assert.match(adopted.output, /^ {2}- update Deployment "org-fleet-hand\/agent-coder"/m);
        assert.match(adopted.output, /Nothing is replaced or deleted/);
        const imported = await live("org-fleet-hand");
        const generations = (of: typeof before) => Object.values(of).map(({ generation }) => generation);
        assert.deepEqual(generations(imported), generations(before), "an import changes nothing");
        const { summary } = await stack.up();
        assert.deepEqual(
            [summary.resourceChanges?.["replace"], summary.resourceChanges?.["delete"]],
            [undefined, undefined],
        );
        const after = await live("org-fleet-hand");
        for (const name of ["agent-coder", "agent-second", "agent-keeper", "agent-scaled"]) {
            assert.equal(after[name]?.uid, before[name]?.uid, "the same object");
            assert.equal(
                after[name]?.generation,
                Number(before[name]?.generation) + 1,
                "one change of its spec",
            );
            assert.equal(imageText(after[name]), NEXT);
            assert.deepEqual(after[name].selector.matchLabels, { app: name });
        }
        assert.equal(after["agent-second"]?.replicas, 2);
        assert.deepEqual(
            await companionsOf(client, "org-fleet-hand", "agent-keeper"),
            companions,
            "the same claim and account, as they were",
        );
        const file = path.join(suite().workspace.directory, "orgs/fleet/fleet-hand.yaml");
        const { agents } = parse(fs.readFileSync(file, "utf8")) as { agents: Record<string, unknown>[] };
        const { command, nodeSelector, account: serviceAccountAnnotations, claim: name } = KEEPER;
        const claim = { size: "1Gi", storageClass: "org-fleet-hand-files", name };
        assert.partialDeepStrictEqual(
            agents.find((agent) => agent["name"] === "keeper"),
            {
                ...{ command, nodeSelector, serviceAccountAnnotations },
                volumes: { state: { mountPath: "/state", claim } },
            },
        );
        assert.equal(await replicaSets("org-fleet-hand"), sets + 4, "one new ReplicaSet for each agent");
        await until("the rollouts to end", async () =>
            (await stale()).statusOf("fleet-hand", "second") === "current" ? true : undefined,
        );
        const { statusOf, report } = await stale();
        assert.equal(statusOf("fleet-hand"), "current");
        assert.deepEqual(
            report.rows.filter(({ org, status }) => org.startsWith("fleet-") && status === "unmanaged"),
            [],
        );
        const again = await stack.preview();
        assert.deepEqual(changesOf(again.changeSummary), ["same"], again.stdout);
    });

    it("leaves the pods of an agent to its autoscaler: a release rolls as many as that has set", async () => {
        const scaled = async () => (await live("org-fleet-hand"))["agent-scaled"];
        assert.equal((await scaled())?.replicas, 4, "as its adoption left it");
        await pin(LAST, "v3");
        const { code, output } = await fleet("preview", "--stack", "fleet");
        assert.equal(code, 1, output);
        assert.match(output, /^to-roll=5 to-create=0 to-replace=0 to-delete=0 refused=0 would-fail=0$/m);
        assert.doesNotMatch(output, /replicas/);
        const { outputs } = await stack.up();
        const found = await scaled();
        assert.deepEqual([imageText(found), found?.replicas, found?.updatedReplicas], [LAST, 4, 4]);
        // The gate waited for all of them, and counts agents, not pods.
        const proven = parseProof(outputs["proof"]?.value)?.get("claude-code")?.proven;
        assert.deepEqual([proven?.release, proven?.evidence.count], ["v3", 5]);
        assert.ok(proven?.evidence.agents.includes("fleet-hand/scaled"));
        const again = await stack.preview({ refresh: true });
        assert.deepEqual(changesOf(again.changeSummary), ["same"], again.stdout);
    });

    it("adopt refuses what it would lose, writes nothing then, and leaves the state alone", async () => {
        await makeOrg(client, "org-fleet-lossy", { "fleet-test": "lossy" }, [
            {
                name: "agent-coder",
                image: LATEST,
                sidecars: [{ name: "log", image: "ghcr.io/genbrain/log:v1" }],
            },
        ]);
        const { code, errors } = await fleet("adopt", "--stack", "fleet", "--org", "fleet-lossy", "--import");
        assert.equal(code, 2);
        assert.match(errors, /container "log"/);
        assert.equal(
            fs.existsSync(path.join(suite().workspace.directory, "orgs/fleet/fleet-lossy.yaml")),
            false,
        );
        const state = JSON.stringify(await stack.exportStack());
        assert.doesNotMatch(state, /fleet-lossy/);
    });

    it("adopt writes no file over that of an org that is managed, also with --force", async () => {
        const file = path.join(suite().workspace.directory, "orgs/fleet/fleet-born.yaml");
        const before = fs.readFileSync(file, "utf8");
        const forced = await fleet("adopt", "--stack", "fleet", "--org", "fleet-born", "--force", "--import");
        assert.equal(forced.code, 2);
        assert.match(forced.errors, /the org "fleet-born" is deployed by the stack "fleet" already/);
        assert.equal(fs.readFileSync(file, "utf8"), before);
    });

    it("adopt keeps nothing of what it began where the preview fails: no file, no resource, and all that was there", async () => {
        const { workspace } = suite();
        await makeOrg(client, "org-fleet-undo", { "fleet-test": "undo" }, [
            { name: "agent-coder", image: LATEST },
        ]);
        const urns = async () => {
            const { resources } = (await stack.exportStack()).deployment as { resources: { urn: string }[] };
            return resources.map(({ urn }) => urn).sort();
        };
        const before = await urns();
        // Found by the program alone: an org that was deployed has no file any more.
        workspace.writeOrg("fleet", "fleet-born", undefined);
        const reference = path.join(workspace.directory, "reference.json");
        fs.writeFileSync(
            reference,
            JSON.stringify({ runtimeImages: runtimeImagesOf({ "claude-code": NEXT }, "v2") }),
        );
        const failed = await fleet(
            "adopt",
            "--org",
            "fleet-undo",
            "--import",
            ...["--stack", "fleet", "--reference", reference],
        );
        workspace.writeOrg("fleet", "fleet-born", {
            slug: "fleet-born",
            displayName: "Born here",
            agents: [{ name: "coder", runtime: "claude-code" }],
        });
        assert.equal(failed.code, 2, failed.output + failed.errors);
        assert.match(
            failed.errors,
            /the preview after the import failed, and nothing of it was kept: .*fleet-born/s,
        );
        assert.equal(fs.existsSync(path.join(workspace.directory, "orgs/fleet/fleet-undo.yaml")), false);
        assert.equal(fs.existsSync(path.join(workspace.directory, "fleet-undo.import.json")), false);
        assert.deepEqual(await urns(), before);
    });

    it("sync, preview and adopt change nothing in another cluster than the stack's", async () => {
        const { workspace } = suite();
        const state = await stack.exportStack();
        const other = JSON.stringify(state.deployment).replace(
            /("clusterUid":"|"type":"pulumi:index:Stash","inputs":\{[^}]*\},"outputs":\{[^}]*"output":")[0-9a-f-]{36}/g,
            "$100000000-0000-4000-8000-000000000000",
        );
        await stack.importStack({ ...state, deployment: JSON.parse(other) as never });
        try {
            for (const args of [
                ["sync", "--break-glass", "CVE-2026-1", "--json"],
                ["preview", "--json"],
                ["adopt", "--org", "fleet-lossy", "--import", "--lossy"],
            ]) {
                const { code, output, errors } = await fleet(...args, "--stack", "fleet");
                assert.equal(code, 2, output);
                assert.match(errors, /leads to another cluster than this stack was applied to before/);
                assert.ok(errors.split("\n").length < 5, errors);
                if (args.includes("--json")) {
                    assert.match(output, /"error": \{\s+"message": "The context/);
                }
            }
            const files = fs.readdirSync(path.join(workspace.directory, "orgs/fleet"));
            assert.ok(!files.includes("fleet-lossy.yaml"));
        } finally {
            await stack.importStack(state);
        }
    });

    it("adopt writes a file that the program reads, and its import file, without --import", async () => {
        await makeOrg(client, "org-fleet-later", { "fleet-test": "later" }, [
            { name: "agent-coder", image: "agent:latest" },
        ]);
        const unknown = await fleet("adopt", "--stack", "fleet", "--org", "fleet-later");
        assert.equal(unknown.code, 2);
        assert.match(unknown.errors, /--runtime coder=<one of "claude-code">/);
        const known = await fleet(
            ...["adopt", "--stack", "fleet", "--org", "fleet-later", "--runtime", "coder=claude-code"],
        );
        assert.equal(known.code, 0, known.errors);
        const { directory } = suite().workspace;
        assert.match(
            fs.readFileSync(path.join(directory, "orgs/fleet/fleet-later.yaml"), "utf8"),
            /adoptedSelector:/,
        );
        assert.match(
            fs.readFileSync(path.join(directory, "fleet-later.import.json"), "utf8"),
            /"org-fleet-later"/,
        );
    });
});
