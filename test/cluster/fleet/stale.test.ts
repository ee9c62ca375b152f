import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { readCluster } from "../../../kube/readCluster";
import type { FleetReport } from "../../../fleet/stale/fleetReport";
import { makeOrg } from "../../support/handMadeOrgs";
import { useCluster } from "../../support/sharedCluster";
import { until } from "../../support/until";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

const REPOSITORY = "ghcr.io/genbrain/claude-code";
const image = (digit: string) => `${REPOSITORY}@sha256:${digit.repeat(64)}`;

/** The CLI against a live cluster, with files in the engine's place. */
const IN_THIRTY_DAYS = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);

describe("fleet stale on a cluster", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    const orgs = ["current", "drifted", "mutable", "failing", "missing", "held"].map((name) => `st-${name}`);
    let client: KubeClient;
    let project: string;

    const fleet = (...args: string[]): Promise<{ code: number; output: string; errors: string }> =>
        new Promise((resolve) => {
            execFile(
                process.execPath,
                [path.join(PACKAGE_ROOT, "commands", "fleet.mjs"), ...args],
                // Not the project's folder: the CLI must not depend on where it is run.
                { cwd: os.tmpdir(), maxBuffer: 64 * 1024 * 1024 },
                (error, output, errors) => {
                    resolve({ code: error === null ? 0 : Number(error.code), output, errors });
                },
            );
        });
    const stale = (...args: string[]) =>
        fleet(
            ...["stale", "--stack", "test", "--project", project, "--no-engine"],
            ...["--outputs", path.join(project, "outputs.json")],
            ...[
                "--reference",
                path.join(project, "reference.json"),
                "--namespace-selector",
                "fleet-test=stale",
            ],
            ...args,
        );
    const report = async (...args: string[]) =>
        JSON.parse((await stale("--json", ...args)).output) as FleetReport;

    before(async () => {
        client = createKubeClient(cluster().kubeConfig);
        project = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-stale-"));
        fs.writeFileSync(path.join(project, "Pulumi.yaml"), "name: customer-orgs\nruntime: nodejs\n");
        fs.mkdirSync(path.join(project, "orgs", "test"), { recursive: true });
        fs.writeFileSync(
            path.join(project, "Pulumi.test.yaml"),
            stringify({
                config: {
                    "customer-orgs:referenceStack": "organization/platform/test",
                    "customer-orgs:orgs": "orgs/test",
                    "customer-orgs:kubeContext": cluster().context,
                    "customer-orgs:kubeconfig": cluster().kubeconfigPath,
                },
            }),
        );
        for (const slug of orgs) {
            const override = {
                image: image("8"),
                owner: "support",
                reason: "Ticket 4711",
                expires: IN_THIRTY_DAYS,
            };
            fs.writeFileSync(
                path.join(project, "orgs", "test", `${slug}.yaml`),
                stringify({
                    slug,
                    displayName: slug,
                    agents: [
                        {
                            name: "coder",
                            runtime: "claude-code",
                            ...(slug === "st-held" ? { imageOverride: override } : {}),
                        },
                    ],
                }),
            );
        }
        const deployed = (slug: string) => (slug === "st-held" ? image("8") : image("1"));
        const pins = [
            { image: image("1"), release: "v2", promotedAt: "2026-06-21T10:19:30Z" },
            { image: image("3"), release: "v1", promotedAt: "2026-06-01T10:19:30Z" },
        ];
        fs.writeFileSync(
            path.join(project, "outputs.json"),
            JSON.stringify({
                agents: Object.fromEntries(
                    orgs.map((slug) => [
                        slug,
                        { coder: { image: deployed(slug), source: "pin", runtime: "claude-code" } },
                    ]),
                ),
            }),
        );
        fs.writeFileSync(
            path.join(project, "reference.json"),
            JSON.stringify({
                runtimeImages: { schemaVersion: 1, runtimes: { "claude-code": pins[0] } },
                pinHistory: { schemaVersion: 1, runtimes: { "claude-code": pins } },
            }),
        );
        const live: Record<string, string> = {
            "st-current": image("1"),
            "st-drifted": image("3"),
            "st-mutable": `${REPOSITORY}:latest`,
            "st-failing": image("1"),
            "st-held": image("8"),
            "st-hand": `${REPOSITORY}:latest`,
        };
        for (const [slug, agentImage] of Object.entries(live)) {
            await makeOrg(client, `org-${slug}`, { "fleet-test": "stale" }, [
                {
                    name: "agent-coder",
                    image: agentImage,
                    ...(slug === "st-failing"
                        ? { podAnnotations: { "local.customer-orgs/fail": "ImagePullBackOff" } }
                        : {}),
                },
            ]);
        }
        await until("the pods to have their fate", async () => {
            const { pods } = await readCluster(client, {
                pods: true,
                namespaceSelector: "fleet-test=stale",
            });
            return pods.filter(({ statuses }) => statuses.length > 0).length === 6 ? true : undefined;
        });
    });
    after(() => {
        (client as KubeClient | undefined)?.close();
        if ((project as string | undefined) !== undefined) {
            fs.rmSync(project, { recursive: true });
        }
    });

    it("finds each agent's status, and how far behind what really runs is", async () => {
        const { rows, compared } = await report();
        assert.deepEqual(Object.fromEntries(rows.map(({ org, status }) => [org, status])), {
            "st-missing": "missing",
            "st-failing": "failing",
            "st-mutable": "mutable",
            "st-drifted": "drifted",
            "st-hand": "unmanaged",
            "st-held": "held",
            "st-current": "current",
        });
        assert.deepEqual(
            rows.map(({ org }) => org),
            ["st-missing", "st-failing", "st-mutable", "st-drifted", "st-hand", "st-held", "st-current"],
            "the worst first",
        );
        assert.deepEqual(compared, { target: true, deployed: true, cluster: true });
        const row = (org: string) => rows.find((each) => each.org === org);
        assert.equal(row("st-drifted")?.behind.releases, 1);
        assert.ok((row("st-drifted")?.behind.days ?? -1) > 0);
        assert.deepEqual(row("st-current")?.running, [
            { digest: `sha256:${"1".repeat(64)}`, pods: 1, ready: 1 },
        ]);
        assert.match(row("st-failing")?.notes.join() ?? "", /ImagePullBackOff in container "agent"/);
        assert.deepEqual(row("st-held")?.held, { until: IN_THIRTY_DAYS, by: "support" });
    });

    it("prints tables, metrics and a page, and its exit code tells", async () => {
        const page = path.join(project, "fleet.html");
        const table = await stale("--html", page);
        assert.equal(table.code, 1, table.errors);
        assert.match(table.output, /^STATUS +ORG/m);
        assert.match(
            table.output,
            /^updated=0 already-current=1 stale=0 missing=1 failing=1 mutable=1 drifted=1 unmanaged=1 held=1$/m,
        );
        assert.ok(table.output.split("\n").every((line) => line.length <= 100));
        assert.match(fs.readFileSync(page, "utf8"), /<td class="s-mutable/);
        assert.match((await stale("--markdown")).output, /^### Fleet test: 5 of 7 agents need attention$/m);
        assert.match(
            (await stale("--prometheus")).output,
            /^fleet_agents\{stack="test",cluster="[^"]+",status="mutable",report="test"\} 1$/m,
        );
        const few = await stale("--no-all");
        assert.doesNotMatch(few.output, /^(current|held) /m);
    });

    it("exits 0 when all that it looked at is current or held", async () => {
        const others = ["drifted", "mutable", "failing", "hand"].flatMap((name) => [
            "--exclude-namespace",
            `org-st-${name}`,
        ]);
        // What is excluded is not in the cluster then, so those files are left out too.
        const outputs = path.join(project, "few.json");
        const { agents } = JSON.parse(fs.readFileSync(path.join(project, "outputs.json"), "utf8")) as {
            agents: Record<string, unknown>;
        };
        fs.writeFileSync(
            outputs,
            JSON.stringify({
                agents: { "st-current": agents["st-current"], "st-held": agents["st-held"] },
            }),
        );
        const few = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-few-"));
        fs.writeFileSync(path.join(few, "Pulumi.yaml"), "name: customer-orgs\nruntime: nodejs\n");
        try {
            fs.mkdirSync(path.join(few, "orgs", "test"), { recursive: true });
            for (const file of ["Pulumi.test.yaml", "orgs/test/st-current.yaml", "orgs/test/st-held.yaml"]) {
                fs.writeFileSync(path.join(few, file), fs.readFileSync(path.join(project, file)));
            }
            const { code, output, errors } = await stale("--project", few, "--outputs", outputs, ...others);
            assert.equal(code, 0, output + errors);
            assert.match(output, /^updated=0 already-current=1 stale=0 held=1$/m);
        } finally {
            fs.rmSync(few, { recursive: true });
        }
    });

    it("exits 2 with the cluster's error when that cannot be reached, and still compares the rest", async () => {
        const dead = path.join(project, "dead.yaml");
        fs.writeFileSync(
            dead,
            stringify({
                "current-context": "dead",
                clusters: [
                    {
                        name: "dead",
                        cluster: { server: "https://127.0.0.1:1", "insecure-skip-tls-verify": true },
                    },
                ],
                users: [{ name: "dead", user: {} }],
                contexts: [{ name: "dead", context: { cluster: "dead", user: "dead" } }],
            }),
        );
        const { code, output } = await stale("--kubeconfig", dead, "--context", "dead");
        assert.equal(code, 2, output);
        assert.match(output, /the cluster was not compared: .*ECONNREFUSED/);
        assert.match(output, /^updated=0 already-current=0 stale=0 unknown=6$/m);
        const metrics = await stale("--kubeconfig", dead, "--context", "dead", "--prometheus");
        assert.match(metrics.output, /^fleet_agents\{stack="test".*status="current".*\} 0$/m);
        assert.match(metrics.output, /^fleet_agents\{stack="test".*status="unknown".*\} 6$/m);
        assert.match(metrics.output, /^fleet_sources_missing\{report="test"\} 1$/m);
        const wrong = await stale("--kubeconfig", dead, "--context", "nowhere");
        assert.match(wrong.output.replace(/\s+/g, " "), /has no context "nowhere", expected one of/);
    });

    it("asks a fixed number of questions, however many orgs there are", async () => {
        const before = client.requestCount();
        await readCluster(client, { pods: true });
        assert.equal(client.requestCount() - before, 3);
    });

    it("refuses wrong usage with exit code 2", async () => {
        for (const args of [
            ["stale"],
            ["stale", "--stack", "test", "--json", "--markdown"],
            ["stale", "--stacks", "test"],
            ["sync"],
            ["sync", "--from-deployment", "a", "--context", cluster().context],
            ["adopt", "--stack", "test"],
            ["preview"],
        ]) {
            const { code, errors } = await fleet(
                ...args,
                ...(args[0] === "sync" ? [] : ["--project", project]),
            );
            assert.equal(code, 2, args.join(" "));
            assert.doesNotMatch(errors, /^ +at /m, "no stack trace");
        }
    });
});
