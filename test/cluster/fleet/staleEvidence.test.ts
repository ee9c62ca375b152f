import assert from "node:assert/strict";
import { stringify } from "yaml";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { readCluster } from "../../../kube/readCluster";
import { makeOrg } from "../../support/handMadeOrgs";
import { setImageID } from "../../support/setImageID";
import { useCluster } from "../../support/sharedCluster";
import { StaleProject } from "../../support/staleProject";
import { until } from "../../support/until";

const REPOSITORY = "ghcr.io/genbrain/claude-code";
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const image = (digit: string, tag = "") => `${REPOSITORY}${tag}@${digest(digit)}`;
const TAGGED = `${REPOSITORY}:sha-1234567`;

describe("what fleet stale takes for evidence on a cluster", function () {
    this.timeout(120_000);
    const cluster = useCluster();
    const LABEL = { "fleet-test": "evidence" };
    let client: KubeClient;
    let project: StaleProject;
    const report = (...args: string[]) =>
        project.report("--stack", "test", "--namespace-selector", "fleet-test=evidence", ...args);

    const create = (path: string, body: object) => client.request({ method: "POST", path, body });
    const podSpec = (agentImage: string, restartPolicy = "Always") => ({
        restartPolicy,
        containers: [{ name: "main", image: agentImage }],
    });
    const template = (name: string, agentImage: string, restartPolicy?: string) => ({
        metadata: { labels: { app: name } },
        spec: podSpec(agentImage, restartPolicy),
    });

    before(async () => {
        client = createKubeClient(cluster().kubeConfig);
        const { context, kubeconfigPath: kubeconfig } = cluster();
        const orgs = ["ev-good", "ev-pushed", "ev-local", "ev-docker", "ev-zero", "ev-ignored", "ev-veto"];
        project = new StaleProject(image("1", ":sha-1234567"));
        project.addStack("test", {
            context,
            kubeconfig,
            images: Object.fromEntries(orgs.map((org) => [org, image("1", ":sha-1234567")])),
        });
        for (const org of orgs) {
            const labels = org === "ev-ignored" ? { ...LABEL, "customer-orgs/ignore": "true" } : LABEL;
            const replicas = org === "ev-zero" ? 0 : 1;
            await makeOrg(client, `org-${org}`, labels, [{ name: "agent-coder", image: TAGGED, replicas }]);
        }
        await makeOrg(client, "org-ev-others", LABEL, [{ name: "web", image: image("9") }]);
        const of = { metadata: { name: "runner" } };
        const apps = "/apis/apps/v1/namespaces/org-ev-others";
        const batch = "/apis/batch/v1/namespaces/org-ev-others";
        const selector = (name: string) => ({ matchLabels: { app: name } });
        await create(`${apps}/statefulsets`, {
            ...of,
            spec: { serviceName: "s", selector: selector("set"), template: template("set", image("9")) },
        });
        await create(`${apps}/daemonsets`, {
            metadata: { name: "daemon" },
            spec: { selector: selector("daemon"), template: template("daemon", image("9")) },
        });
        await create(`${batch}/jobs`, {
            metadata: { name: "once" },
            spec: { suspend: true, template: template("once", image("9"), "Never") },
        });
        await create(`${batch}/cronjobs`, {
            metadata: { name: "nightly" },
            spec: {
                schedule: "0 3 * * *",
                jobTemplate: { spec: { template: template("nightly", `${REPOSITORY}:latest`, "Never") } },
            },
        });
        await create("/api/v1/namespaces/org-ev-others/pods", {
            metadata: { name: "bare" },
            spec: podSpec(image("9")),
        });
        await create("/api/v1/namespaces/org-ev-others/pods", {
            metadata: { name: "database" },
            spec: podSpec("docker.io/library/postgres:17"),
        });
        await until("the pods to run", async () => {
            const { pods } = await readCluster(client, {
                pods: true,
                namespaceSelector: "fleet-test=evidence",
            });
            const running = pods.filter(({ statuses }) => statuses.some(({ ready }) => ready));
            return running.length >= 9 ? true : undefined;
        });
        await setImageID(client, "ev-good", image("1"));
        await setImageID(client, "ev-pushed", image("2"));
        await setImageID(client, "ev-local", `sha256:${"7".repeat(64)}`);
        await setImageID(client, "ev-docker", `docker://sha256:${"7".repeat(64)}`);
        await setImageID(client, "ev-veto", image("f"));
    });
    after(() => {
        (client as KubeClient | undefined)?.close();
        (project as StaleProject | undefined)?.remove();
    });

    it("lists a StatefulSet, a DaemonSet, a Job, a CronJob, a bare pod and another Deployment as unmanaged, with what starts them", async () => {
        const { rows } = await report();
        const others = rows.filter(({ org }) => org === "ev-others");
        assert.deepEqual(
            others.map(({ kind, agent, status }) => `${kind ?? ""}/${agent ?? ""} ${status}`).sort(),
            [
                "CronJob/nightly unmanaged",
                "DaemonSet/daemon unmanaged",
                "Deployment/web unmanaged",
                "Job/once unmanaged",
                "Pod/bare unmanaged",
                "StatefulSet/runner unmanaged",
            ],
        );
        assert.match(
            (await project.stale("--stack", "test", "--org", "ev-others")).output,
            /^unmanaged +ev-others +CronJob\/nightly/m,
        );
    });

    it("calls an agent whose tag was pushed again drifted, and one whose tag still is what was deployed current", async () => {
        const { of } = await report();
        assert.equal(of("ev-good").status, "current");
        assert.equal(of("ev-pushed").status, "drifted");
        assert.match(of("ev-pushed").notes.join(), /its pods run sha256:2222/);
    });

    it("does not compare image ids that are no registry's digests, says so, and exits 2", async () => {
        const { of } = await report();
        for (const org of ["ev-local", "ev-docker"]) {
            assert.equal(of(org).status, "unknown", org);
            assert.match(of(org).notes.join(), /is no registry's digest/);
        }
        assert.equal((await project.stale("--stack", "test", "--org", "ev-local")).code, 2);
        assert.equal(
            (await project.stale("--stack", "test", "--org", "ev-good", "--prometheus")).code,
            2,
            "the ignored org",
        );
    });

    it("says of an agent that is scaled to 0 that nothing runs", async () => {
        const { of } = await report();
        assert.match(of("ev-zero").notes.join(), /scaled to 0: nothing runs/);
        assert.match(
            (await project.stale("--stack", "test", "--no-all", "--org", "ev-zero")).output,
            /scaled to 0/,
        );
    });

    it("does not let a label hide an agent that a stack deploys", async () => {
        const { gaps, rows } = await report();
        assert.equal(
            rows.some(({ org }) => org === "ev-ignored"),
            false,
        );
        const gap = gaps.find(({ message }) => message.includes("customer-orgs/ignore"));
        assert.match(
            gap?.message ?? "",
            /hides 1 agents that a stack deploys \(org-ev-ignored\/agent-coder\)/,
        );
        assert.equal(gap?.serious, true);
    });

    it("does not call what a filter left out missing", async () => {
        const { rows, gaps } = await report("--exclude-namespace", "org-ev-good");
        assert.equal(
            rows.some(({ org }) => org === "ev-good"),
            false,
        );
        assert.match(
            gaps.map(({ message }) => message).join(),
            /1 agents are in namespaces that were left out/,
        );
        const other = await project.report("--stack", "test", "--namespace-selector", "fleet-test=nothing");
        assert.deepEqual(
            other.rows.filter(({ org }) => org.startsWith("ev-")),
            [],
        );
    });

    it("finds a vetoed digest by what the pods really run", async () => {
        const veto = { digest: digest("f"), reason: "leaks", by: "ann", at: "2026-06-21T00:00:00Z" };
        project.write("platform/vetoes.yaml", stringify({ vetoes: [veto] }));
        try {
            const { of } = await report();
            assert.equal(of("ev-veto").status, "vetoed");
            assert.match(of("ev-veto").notes.join(), /really runs a vetoed image: .*vetoed by ann/);
            assert.equal((await project.stale("--stack", "test", "--org", "ev-veto")).code, 1);
            project.write("platform/vetoes.yaml", "vetoes: [");
            const broken = await report();
            assert.equal(broken.of("ev-good").status, "unknown", "what is forbidden is not known");
        } finally {
            project.write("platform/vetoes.yaml", stringify({ vetoes: [] }));
        }
    });

    it("lists what an admission policy against mutable images would keep from starting again", async () => {
        const { stranded } = await report();
        assert.deepEqual(stranded.map(({ workload, image: text }) => `${workload} ${text}`).sort(), [
            `CronJob/nightly ${REPOSITORY}:latest`,
            "Pod/database docker.io/library/postgres:17",
        ]);
    });

    it("refuses a stack that there is not, and a filter that nothing is of", async () => {
        const typo = await project.stale("--stack", "tset");
        assert.equal(typo.code, 2);
        assert.match(typo.errors, /has no Pulumi\.tset\.yaml; expected one of "test"/);
        const org = await project.stale("--stack", "test", "--org", "ev-goood");
        assert.equal(org.code, 2);
        assert.match(org.errors, /--org "ev-goood": nothing in this report is of it/);
    });
});
