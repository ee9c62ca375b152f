import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { readCluster } from "../../../kube/readCluster";
import { makeOrg } from "../../support/handMadeOrgs";
import { useCluster } from "../../support/sharedCluster";
import { until } from "../../support/until";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

// Nobody else's: other tests' agents stand in the same cluster.
const ownDigest = () => `sha256:${randomBytes(32).toString("hex")}`;
const BAD = ownDigest();
const on = (digest: string) => `ghcr.io/genbrain/claude-code@${digest}`;
const GOOD = on(`sha256:${"1".repeat(64)}`);

interface Answer {
    readonly new: boolean;
    readonly runners: readonly { readonly name: string }[];
    readonly live?: {
        readonly contexts: readonly string[];
        readonly runners: readonly {
            readonly context: string;
            readonly namespace: string;
            readonly workload: string;
            readonly pods: number;
        }[];
    };
    readonly problems: readonly string[];
}

describe("fleet veto on a cluster", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    let client: KubeClient;
    let project: string;

    const veto = (
        digest: string,
        ...args: string[]
    ): Promise<{ readonly code: number; readonly output: string; readonly errors: string }> =>
        new Promise((resolve) => {
            execFile(
                process.execPath,
                [
                    path.join(PACKAGE_ROOT, "commands", "fleet.mjs"),
                    ...["veto", digest, "--reason", "leaks memory", "--project", project, ...args],
                ],
                (error, output, errors) => {
                    resolve({ code: error === null ? 0 : Number(error.code), output, errors });
                },
            );
        });

    /** An environment of the platform whose core fleet is on the bad digest. */
    const writeEnvironment = (name: string, context: string) => {
        const config = {
            "platform:kubeContext": context,
            "platform:kubeconfig": cluster().kubeconfigPath,
            "platform:runtimes": { "claude-code": { image: on(BAD) } },
        };
        fs.writeFileSync(path.join(project, "platform", `Pulumi.${name}.yaml`), stringify({ config }));
    };

    before(async () => {
        client = createKubeClient(cluster().kubeConfig);
        project = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-veto-"));
        fs.writeFileSync(path.join(project, "Pulumi.yaml"), "name: customer-orgs\nruntime: nodejs\n");
        fs.mkdirSync(path.join(project, "platform"));
        fs.writeFileSync(path.join(project, "platform", "Pulumi.yaml"), "name: platform\nruntime: nodejs\n");
        writeEnvironment("test", cluster().context);
        const labels = { "fleet-test": "veto" };
        await makeOrg(client, "org-ve-two", labels, [
            { name: "agent-a", image: on(BAD), replicas: 2 },
            { name: "agent-b", image: GOOD },
        ]);
        await makeOrg(client, "org-ve-zero", labels, [{ name: "agent-a", image: on(BAD), replicas: 0 }]);
        await makeOrg(client, "org-ve-tag", labels, [
            {
                name: "agent-a",
                image: "ghcr.io/genbrain/claude-code:latest",
                podAnnotations: { "local.customer-orgs/digest": BAD },
            },
        ]);
        // Not a customer's, and runs it in a sidecar.
        await makeOrg(client, "ve-platform", labels, [
            { name: "proxy", image: GOOD, sidecars: [{ name: "side", image: on(BAD) }] },
        ]);
        // None of them is a Deployment: one waits for its time, one is nobody's.
        const spec = { restartPolicy: "Never", containers: [{ name: "agent", image: on(BAD) }] };
        await client.request({
            method: "POST",
            path: "/apis/batch/v1/namespaces/org-ve-zero/cronjobs",
            body: {
                metadata: { name: "nightly" },
                spec: { schedule: "0 3 1 1 *", jobTemplate: { spec: { template: { spec } } } },
            },
        });
        await client.request({
            method: "POST",
            path: "/api/v1/namespaces/org-ve-zero/pods",
            body: { metadata: { name: "by-hand" }, spec },
        });
        await until("the customers' pods to run", async () => {
            const { pods } = await readCluster(client, { pods: true, namespaceSelector: "fleet-test=veto" });
            return pods.filter(({ statuses }) => statuses.some(({ ready }) => ready)).length === 5
                ? true
                : undefined;
        });
    });
    after(() => {
        (client as KubeClient | undefined)?.close();
        if ((project as string | undefined) !== undefined) {
            fs.rmSync(project, { recursive: true });
        }
    });

    const RUNNING = [
        ["org-ve-tag/agent-a", 1],
        ["org-ve-two/agent-a", 2],
        ["org-ve-zero/agent-a", 0],
        ["org-ve-zero/by-hand", 1],
        ["org-ve-zero/nightly", 0],
        ["ve-platform/proxy", 1],
    ];
    const read = (output: string) => {
        const answer = JSON.parse(output) as Answer;
        const live = answer.live?.runners.map(({ namespace, workload, pods }) => [
            `${namespace}/${workload}`,
            pods,
        ]);
        return { ...answer, running: live };
    };

    it("writes the veto, and lists who is to run the digest and who runs it in any namespace, by whatever name", async () => {
        const { code, output } = await veto(BAD, "--json");
        assert.equal(code, 1);
        const answer = read(output);
        assert.deepEqual([answer.new, answer.problems], [true, []]);
        assert.deepEqual(
            answer.runners.map(({ name }) => name),
            ["test/claude-code"],
        );
        assert.deepEqual(answer.live?.contexts, [cluster().context]);
        assert.deepEqual(answer.running, RUNNING);
        assert.match(fs.readFileSync(path.join(project, "platform", "vetoes.yaml"), "utf8"), new RegExp(BAD));
    });

    it("says the same of a digest that was vetoed before, as a table", async () => {
        const { code, output } = await veto(BAD);
        assert.equal(code, 1);
        assert.match(output, /was vetoed before by .*: leaks memory/);
        assert.match(output, /org-ve-two\/agent-a +Deployment +\S+ +2\n/);
        assert.match(output, /org-ve-zero\/agent-a +Deployment +\S+ +none, would start it\n/);
    });

    it("lists what the clusters that answer run, and exits with 2, when one cannot be asked", async () => {
        writeEnvironment("away", "no-such-context");
        const { code, output } = await veto(BAD, "--json");
        fs.rmSync(path.join(project, "platform", "Pulumi.away.yaml"));
        assert.equal(code, 2);
        const answer = read(output);
        assert.deepEqual(answer.running, RUNNING);
        assert.equal(answer.problems.length, 1);
        assert.match(answer.problems[0] ?? "", /"no-such-context" was not asked: .*has no context/);
    });

    it("exits with 0 when nobody is to run it and nobody does; --no-cluster says that no cluster was asked", async () => {
        const other = ownDigest();
        const { code, output } = await veto(other);
        assert.equal(code, 0);
        assert.match(
            output,
            /Nobody is to run it, by the files[\s\S]*Nobody runs it now in the clusters of /,
        );
        assert.match((await veto(other, "--no-cluster")).output, /No cluster was asked who runs it now/);
    });
});
