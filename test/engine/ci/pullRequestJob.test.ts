import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { imageOf } from "../../support/referenceProject";
import { useEngine } from "../../support/useEngine";
import { COMMENT_TOKEN, CommentServer } from "../../support/commentServer";
import { type JobResult, runJob } from "../../support/workflowJob";

const ENVIRONMENTS = ["staging", "prod"] as const;
const OLD = imageOf("claude-code", "a");
const NEXT = imageOf("claude-code", "b");

describe("the pull request's preview, script by script, on a real engine and cluster", function () {
    this.timeout(600_000);
    const suite = useEngine();
    let comments: CommentServer;
    let kubeconfig: string;

    const checkout = () => suite().workspace.directory;
    /** A file with a context for each environment; one that is down has a port on which nobody listens. */
    const writeKubeconfig = (down?: string) => {
        const config = new KubeConfig();
        config.loadFromFile(suite().cluster.kubeconfigPath);
        const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()];
        assert.ok(cluster !== null && user !== null);
        const dead = { ...cluster, name: "dead", server: "https://127.0.0.1:9" };
        const contexts = ENVIRONMENTS.map((name) => ({
            name,
            user: user.name,
            cluster: name === down ? dead.name : cluster.name,
        }));
        config.loadFromOptions({
            clusters: [cluster, dead],
            users: [user],
            contexts,
            currentContext: "staging",
        });
        fs.writeFileSync(kubeconfig, config.exportConfig());
    };
    const pin = (environment: string, image: string, release: string) => {
        suite().workspace.writeSettings("platform", environment, {
            "platform:kubeContext": environment,
            "platform:runtimes": {
                "claude-code": { image, release, promotedAt: "2026-06-18T02:52:59Z" },
            },
            // Nothing goes on that no core agent has run.
            "platform:coreFleet": {
                namespace: `pull-${environment}`,
                agents: [{ name: "cto", runtime: "claude-code", minReadySeconds: 0 }],
            },
        });
    };
    const up = async (project: "platform" | "customer-orgs", environment: string) => {
        const stack = await suite().workspace.stack(project, environment);
        stack.workspace.envVars["KUBECONFIG"] = kubeconfig;
        await stack.up();
    };
    const preview = (): Promise<JobResult> =>
        runJob({
            workflow: ".github/workflows/pull-request.yml",
            job: "preview",
            directory: checkout(),
            expressions: {
                "vars.PULUMI_BACKEND_URL": suite().workspace.env["PULUMI_BACKEND_URL"] ?? "",
                "secrets.PULUMI_CONFIG_PASSPHRASE": suite().workspace.env["PULUMI_CONFIG_PASSPHRASE"] ?? "",
                "vars.CLUSTER_STAGING": "-",
                "vars.CLUSTER_PROD": "-",
                "github.token": COMMENT_TOKEN,
            },
            env: {
                ...suite().workspace.env,
                KUBECONFIG: kubeconfig,
                GITHUB_API_URL: comments.url,
                GITHUB_REPOSITORY: "genbrain/orgs",
                GITHUB_EVENT_PATH: path.join(checkout(), "event.json"),
            },
            leaveOut: ["npm ci", "npm run kubeconfig"],
        });
    const explain = ({ steps }: JobResult) =>
        steps.map(({ run, code, output: text }) => `$ ${run}\n${text}\n=> ${code ?? "not run"}`).join("\n");
    const comment = () => {
        const own = comments.comments.filter(({ body }) =>
            body.startsWith("<!-- customer-orgs: preview -->"),
        );
        assert.equal(own.length, 1);
        return own[0]?.body ?? "";
    };

    before("both environments run the old release, and staging's pin moves on", async () => {
        comments = await CommentServer.start();
        kubeconfig = path.join(checkout(), "kubeconfig");
        writeKubeconfig();
        fs.writeFileSync(path.join(checkout(), "event.json"), '{ "pull_request": { "number": 7 } }');
        for (const environment of ENVIRONMENTS) {
            pin(environment, OLD, "v1");
            suite().workspace.writeSettings("customer-orgs", environment, {
                "customer-orgs:referenceStack": `organization/platform/${environment}`,
                "customer-orgs:orgs": `orgs/${environment}`,
                "customer-orgs:kubeContext": environment,
                "customer-orgs:defaults": { minReadySeconds: 0 },
            });
            const slug = `pull-${environment}`;
            suite().workspace.writeOrg(environment, slug, {
                slug,
                displayName: slug,
                agents: [{ name: "main", runtime: "claude-code" }],
            });
            await up("platform", environment);
            await up("customer-orgs", environment);
        }
        pin("staging", NEXT, "v2");
        await up("platform", "staging");
    });
    after(async () => {
        await (comments as CommentServer | undefined)?.stop();
    });

    it("comments who is stale and what would change, for each environment", async () => {
        const result = await preview();
        assert.equal(result.code, 0, explain(result));
        const body = comment();
        assert.match(body, /### Fleet staging: [\s\S]*\| stale \| pull-staging \| main \| claude-code \|/);
        assert.match(
            body,
            /\*\*preview-staging\*\*[\s\S]*update +pull-staging +main[\s\S]*to-roll=1 to-create=0 to-replace=0 to-delete=0 refused=0 would-fail=0/,
        );
        assert.match(body, /### Fleet prod: /);
        assert.doesNotMatch(body, /\| stale \| pull-prod/);
        assert.match(body, /\*\*preview-prod\*\*[\s\S]*to-roll=0 to-create=0/);
    });

    it("changes its comment, and tells of the one environment, when the other cannot be asked; the job fails", async () => {
        writeKubeconfig("staging");
        const result = await preview();
        writeKubeconfig();
        assert.equal(result.code, 1, explain(result));
        const body = comment();
        assert.match(body, /the cluster was not compared/);
        assert.match(body, /\*\*preview-prod\*\*[\s\S]*to-roll=0 to-create=0/);
    });
});
