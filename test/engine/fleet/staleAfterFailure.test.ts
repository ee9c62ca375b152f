import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import type { FleetReport } from "../../../fleet/stale/fleetReport";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { makeOrg } from "../../support/handMadeOrgs";
import { REFERENCE, deployReference, imageOf, runtimeImagesOf } from "../../support/referenceProject";
import { until } from "../../support/until";
import { runFleet } from "../../support/runFleet";
import { useEngine } from "../../support/useEngine";

const OLD = imageOf("claude-code", "1");
const NEXT = imageOf("claude-code", "2");

describe("fleet stale after an update that failed in part, on a real engine", function () {
    this.timeout(240_000);
    const suite = useEngine();
    let stack: Stack;
    let client: KubeClient;

    const fleet = (...args: string[]) => runFleet(suite().workspace, args);
    const stale = async (...args: string[]) => {
        const { output, errors } = await fleet("stale", "--stack", "part", "--json", ...args);
        assert.ok(output.startsWith("{"), errors);
        const report = JSON.parse(output) as FleetReport;
        return { ...report, of: (slug: string) => report.rows.find(({ org }) => org === slug) };
    };
    const writeOrg = (slug: string, more: object = {}) => {
        suite().workspace.writeOrg("part", slug, {
            slug,
            displayName: slug,
            agents: [{ name: "coder", runtime: "claude-code" }],
            ...more,
        });
    };

    before(async () => {
        const { workspace, cluster } = suite();
        client = createKubeClient(cluster.kubeConfig);
        await deployReference(workspace, runtimeImagesOf({ "claude-code": OLD }, "v1"));
        writeOrg("part-a");
        writeOrg("part-b");
        workspace.writeSettings("customer-orgs", "part", {
            "customer-orgs:referenceStack": REFERENCE,
            "customer-orgs:orgs": "orgs/part",
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { progressDeadlineSeconds: 60, minReadySeconds: 0 },
        });
        stack = await workspace.stack("customer-orgs", "part");
    });
    after(() => {
        (client as KubeClient | undefined)?.close();
    });

    it("says of a stack that was never deployed that nothing is deployed yet, and not that nothing is known", async () => {
        const report = await stale();
        assert.deepEqual([report.of("part-a")?.status, report.of("part-b")?.status], ["stale", "stale"]);
        assert.match(report.of("part-a")?.notes.join() ?? "", /not deployed yet/);
        assert.equal(report.compared.deployed, true);
    });

    it("calls the neighbours current that rolled, though the update failed at an org whose namespace somebody else made", async () => {
        await stack.up();
        assert.equal((await stale()).of("part-a")?.status, "current");

        await makeOrg(client, "org-part-taken", { "fleet-test": "taken" }, []);
        writeOrg("part-taken");
        await deployReference(suite().workspace, runtimeImagesOf({ "claude-code": NEXT }, "v2"));
        await assert.rejects(stack.up({ continueOnError: true }));
        const outputs = await stack.outputs();
        assert.match(JSON.stringify(outputs["agents"]?.value), /sha256:1111/, "the outputs are the old ones");

        const report = await until("the rollouts to end", async () => {
            const found = await stale();
            return found.rows.some(({ status }) => status === "rolling") ? undefined : found;
        });
        for (const org of ["part-a", "part-b"]) {
            const row = report.of(org);
            assert.deepEqual(
                [row?.status, row?.deployed, row?.release],
                ["current", NEXT, "v2"],
                row?.notes.join(),
            );
        }
        assert.equal(report.of("part-taken")?.status, "stale");
        assert.match(report.of("part-taken")?.notes.join() ?? "", /not deployed yet/);
        assert.match(
            report.of("part-taken")?.notes.join() ?? "",
            /namespace exists already, and no stack owns it/,
        );
    });

    it("says the same by the exported state alone", async () => {
        const state = path.join(suite().workspace.directory, "state.json");
        const reference = path.join(suite().workspace.directory, "reference.json");
        fs.writeFileSync(state, JSON.stringify(await stack.exportStack()));
        fs.writeFileSync(
            reference,
            JSON.stringify({ runtimeImages: runtimeImagesOf({ "claude-code": NEXT }, "v2") }),
        );
        const report = await stale("--no-engine", "--outputs", state, "--reference", reference);
        assert.deepEqual([report.of("part-a")?.status, report.of("part-b")?.status], ["current", "current"]);
    });

    it("calls nothing current where the backend has no such stack, in the metrics neither", async () => {
        const { workspace } = suite();
        fs.copyFileSync(
            path.join(workspace.directory, "Pulumi.part.yaml"),
            path.join(workspace.directory, "Pulumi.elsewhere.yaml"),
        );
        const { code, output } = await fleet("stale", "--stack", "elsewhere", "--json");
        const { rows, gaps } = JSON.parse(output) as FleetReport;
        assert.equal(code === 0, false);
        assert.deepEqual(
            rows.filter(({ status }) => status === "current" || status === "held"),
            [],
        );
        assert.equal(rows.find(({ org }) => org === "part-a")?.status, "unknown");
        assert.ok(gaps.some(({ message, serious }) => serious && message.includes('"elsewhere"')));
        const metrics = await fleet("stale", "--stack", "elsewhere", "--prometheus");
        assert.match(metrics.output, /^fleet_agents\{stack="elsewhere",.*status="current",.*\} 0$/m);
        const typo = await fleet("stale", "--stack", "prat");
        assert.equal(typo.code, 2);
        assert.match(typo.errors, /has no Pulumi\.prat\.yaml/);
    });

    it("calls nothing current without an engine that was to be asked", async () => {
        const report = await new Promise<{ code: number; output: string }>((resolve) => {
            execFile(
                process.execPath,
                ["commands/fleet.mjs", "stale", "--stack", "part", "--project", suite().workspace.directory],
                {
                    cwd: PACKAGE_ROOT,
                    env: {
                        ...process.env,
                        ...suite().workspace.env,
                        PULUMI_HOME: "/nowhere",
                        PULUMI_BACKEND_URL: "file:///nowhere",
                    },
                },
                (error, output) => {
                    resolve({ code: error === null ? 0 : Number(error.code), output });
                },
            );
        });
        assert.notEqual(report.code, 0);
        assert.doesNotMatch(report.output, /^(current|held) /m);
        assert.match(report.output, /already-current=0/);
    });
});
