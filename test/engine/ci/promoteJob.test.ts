import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { AppsV1Api } from "@kubernetes/client-node";
import { useEngine } from "../../support/useEngine";
import { ControlPlaneServer } from "../../support/controlPlaneServer";
import { pinsIn } from "../../support/promotionFixture";
import { useRegistry } from "../../support/useRegistry";
import { makeCertificate } from "../../support/tlsCertificate";
import { type JobResult, runJob } from "../../support/workflowJob";
import { readImage } from "../../../images/imageReference";

const ENVIRONMENTS = ["staging", "prod"] as const;
const PATHS = { "claude-code": "genbrain/claude-code", "platform-agent": "genbrain/molecule-platform-agent" };
const RUNTIMES = ["claude-code", "platform-agent"] as const;
const SHA = "19f3175aa0b1c2d3e4f5061728394a5b6c7d8e9f";
const TOKENS = { staging: "token-of-staging-71", prod: "token-of-prod-93" };
type Images = Record<(typeof RUNTIMES)[number], string>;

describe("the release workflow, script by script, on a real engine, cluster, registry and control plane", function () {
    this.timeout(600_000);
    const suite = useEngine();
    const registry = useRegistry();
    let planes: Partial<Record<(typeof ENVIRONMENTS)[number], ControlPlaneServer>> = {};
    const plane = (environment: (typeof ENVIRONMENTS)[number]): ControlPlaneServer => {
        const found = planes[environment];
        assert.ok(found !== undefined);
        return found;
    };
    let old: Images;
    let released: Images;
    let output = "";

    const checkout = () => suite().workspace.directory;
    const git = (...args: string[]) =>
        execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
            cwd: checkout(),
            encoding: "utf8",
        });
    const publish = async (tag: string): Promise<Images> => {
        const images: Partial<Images> = {};
        for (const runtime of RUNTIMES) {
            const digest = await registry().push(PATHS[runtime], tag, `${runtime} ${tag}`);
            images[runtime] = `${registry().host}/${PATHS[runtime]}:${tag}@${digest}`;
        }
        return images as Images;
    };
    const digest = (images: Images, runtime: (typeof RUNTIMES)[number]) =>
        readImage(images[runtime]).digest ?? "";

    function writeEnvironment(environment: (typeof ENVIRONMENTS)[number]): void {
        const { workspace, cluster } = suite();
        const pin = (runtime: (typeof RUNTIMES)[number]) => ({
            image: old[runtime],
            release: "v1",
            promotedAt: "2026-06-18T02:52:59Z",
        });
        workspace.writeSettings("platform", environment, {
            "platform:kubeContext": cluster.context,
            "platform:runtimes": Object.fromEntries(RUNTIMES.map((runtime) => [runtime, pin(runtime)])),
            "platform:coreFleet": {
                namespace: `job-${environment}`,
                defaults: { minReadySeconds: 0 },
                agents: [
                    { name: "ceo", runtime: "platform-agent" },
                    { name: "cto", runtime: "claude-code" },
                ],
            },
            "platform:promotion": {
                controlPlane: {
                    url: plane(environment).url,
                    tokenVariable:
                        environment === "prod" ? "CP_ADMIN_API_TOKEN" : "CP_ADMIN_API_TOKEN_STAGING",
                    caFile: "control-plane-ca.pem",
                },
            },
        });
        workspace.writeSettings("customer-orgs", environment, {
            "customer-orgs:referenceStack": `organization/platform/${environment}`,
            "customer-orgs:orgs": `orgs/${environment}`,
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { minReadySeconds: 0 },
        });
        const slug = `job-${environment}`;
        workspace.writeOrg(environment, slug, {
            slug,
            displayName: slug,
            agents: [{ name: "main", runtime: "platform-agent" }],
        });
    }

    /** The pack with a config of this test's own: its registry is not the committed one. */
    function writePolicyPack(): void {
        const pack = path.join(checkout(), "policy");
        const original = fs.realpathSync(pack);
        fs.rmSync(pack);
        fs.mkdirSync(path.join(pack, "config"), { recursive: true });
        for (const name of fs.readdirSync(original).filter((each) => each !== "config")) {
            fs.symlinkSync(path.join(original, name), path.join(pack, name));
        }
        for (const environment of ENVIRONMENTS) {
            const text = fs.readFileSync(path.join(original, "config", `${environment}.json`), "utf8");
            fs.writeFileSync(
                path.join(pack, "config", `${environment}.json`),
                text.replaceAll("ghcr.io/genbrain", `${registry().host}/genbrain`),
            );
        }
    }

    function initRepository(): void {
        git("init", "--quiet", "--bare", "--initial-branch=main", "remote.git");
        git("init", "--quiet", "--initial-branch=main");
        git("remote", "add", "origin", path.join(checkout(), "remote.git"));
        git("add", "platform/Pulumi.staging.yaml", "platform/Pulumi.prod.yaml");
        git("commit", "--quiet", "-m", "first");
        git("push", "--quiet", "origin", "main");
    }

    const job = async (
        name: string,
        expressions: Record<string, string>,
        env: Record<string, string> = {},
    ): Promise<JobResult> => {
        const result = await runJob({
            workflow: ".github/workflows/release.yml",
            job: name,
            directory: checkout(),
            expressions: {
                "github.ref_name": "v2",
                "github.server_url": "https://git.example.com",
                "github.repository": "genbrain/orgs",
                "github.run_id": "7",
                "vars.PULUMI_BACKEND_URL": suite().workspace.env["PULUMI_BACKEND_URL"] ?? "",
                "secrets.PULUMI_CONFIG_PASSPHRASE": suite().workspace.env["PULUMI_CONFIG_PASSPHRASE"] ?? "",
                "secrets.CP_ADMIN_API_TOKEN": TOKENS.prod,
                "secrets.CP_ADMIN_API_TOKEN_STAGING": TOKENS.staging,
                ...expressions,
            },
            env: {
                ...suite().workspace.env,
                CLAUDE_CODE_IMAGE: `${registry().host}/${PATHS["claude-code"]}`,
                PLATFORM_AGENT_IMAGE: `${registry().host}/${PATHS["platform-agent"]}`,
                GITHUB_SHA: SHA,
                GITHUB_ACTOR: "ci",
                // A runner has no identity of its own.
                GIT_CONFIG_GLOBAL: "/dev/null",
                GIT_CONFIG_SYSTEM: "/dev/null",
                GITHUB_STEP_SUMMARY: path.join(
                    checkout(),
                    `summary-${expressions["matrix.environment"] ?? name}.md`,
                ),
                ...env,
            },
            leaveOut: ["npm ci", "npm run kubeconfig"],
        });
        output += result.steps.map((step) => step.output).join("\n");
        return result;
    };
    const explain = ({ steps }: JobResult) =>
        steps.map(({ run, code, output: text }) => `$ ${run}\n${text}\n=> ${code ?? "not run"}`).join("\n");
    const summaryOf = (environment: string) =>
        fs.readFileSync(path.join(checkout(), `summary-${environment}.md`), "utf8");

    before("the old release runs", async () => {
        const certificate = await makeCertificate();
        planes = {
            staging: await ControlPlaneServer.start(certificate),
            prod: await ControlPlaneServer.start(certificate),
        };
        old = await publish("sha-201a5fa");
        fs.writeFileSync(path.join(checkout(), "control-plane-ca.pem"), certificate.authority);
        writePolicyPack();
        for (const environment of ENVIRONMENTS) {
            writeEnvironment(environment);
            await (await suite().workspace.stack("platform", environment)).up();
            await suite().workspace.stack("customer-orgs", environment);
        }
        initRepository();
        released = await publish(`sha-${SHA}`);
    });
    after(async () => {
        await Promise.all(Object.values(planes).map((plane) => plane.stop()));
    });

    it("records what was published, with its digests from the jobs' outputs, and pushes it", async () => {
        const result = await job("record", {
            "needs.publish-claude-code.outputs.digest": digest(released, "claude-code"),
            "needs.publish-platform-agent.outputs.digest": digest(released, "platform-agent"),
            "needs.smoke-claude-code.result == 'success' && 'passed' || 'failed'": "passed",
            "needs.smoke-platform-agent.result == 'success' && 'passed' || 'failed'": "passed",
        });
        assert.equal(result.code, 0, explain(result));
        assert.match(
            git("show", "origin/main:releases/v2.json"),
            new RegExp(digest(released, "platform-agent")),
        );
    });

    it("prod down, staging up: staging is promoted, prod is unknown, its step ends with exit code 2, and the summary says so", async () => {
        const dead = path.join(checkout(), "dead-kubeconfig");
        const text = fs.readFileSync(suite().cluster.kubeconfigPath, "utf8");
        // A port on which nobody listens.
        fs.writeFileSync(dead, text.replaceAll(/https:\/\/127\.0\.0\.1:\d+/g, "https://127.0.0.1:9"));

        const prod = await job("promote", { "matrix.environment": "prod" }, { KUBECONFIG: dead });
        const staging = await job("promote", { "matrix.environment": "staging" });

        assert.equal(staging.code, 0, explain(staging));
        assert.equal(prod.code, 1, explain(prod));
        assert.deepEqual(
            prod.steps.map(({ code }) => code),
            [2, 0, undefined],
            explain(prod),
        );
        assert.match(
            summaryOf("staging"),
            /✅ fleet promote v2[\s\S]*\| staging \| platform-agent \| promoted \|/,
        );
        assert.match(
            summaryOf("prod"),
            /❌ fleet promote v2[\s\S]*\| prod \| platform-agent \| unknown \|[\s\S]*prod: cluster: what the core fleet really has cannot be read/,
        );

        for (const runtime of RUNTIMES) {
            assert.equal(pinsIn(checkout(), "staging").get(runtime)?.image, released[runtime]);
            assert.equal(pinsIn(checkout(), "prod").get(runtime)?.image, old[runtime]);
        }
        const outputs = await (await suite().workspace.stack("platform", "staging")).outputs();
        const images = outputs["runtimeImages"]?.value as { runtimes: Record<string, { image: string }> };
        assert.equal(images.runtimes["platform-agent"]?.image, released["platform-agent"]);
    });

    it("rolled the core fleet and the customers of staging, and left prod alone", async () => {
        const apps = suite().cluster.kubeConfig.makeApiClient(AppsV1Api);
        const imageOf = async (namespace: string, name: string) => {
            const { spec } = await apps.readNamespacedDeployment({ namespace, name });
            return readImage(spec?.template.spec?.containers[0]?.image).digest;
        };
        assert.equal(await imageOf("job-staging", "agent-cto"), digest(released, "claude-code"));
        assert.equal(await imageOf("org-job-staging", "agent-main"), digest(released, "platform-agent"));
        assert.equal(await imageOf("job-prod", "agent-cto"), digest(old, "claude-code"));
    });

    it("told staging's control plane of both runtimes with staging's token, and prod's of nothing", () => {
        assert.deepEqual(
            plane("staging").seen.map(({ authorization, body }) => ({
                authorization,
                body: JSON.parse(body) as unknown,
            })),
            RUNTIMES.map((runtime) => ({
                authorization: `Bearer ${TOKENS.staging}`,
                body: { template_name: runtime, digest: digest(released, runtime) },
            })),
        );
        assert.deepEqual(plane("prod").seen, []);
    });

    it("pushed staging's pins, and a fresh checkout has them", () => {
        assert.match(
            git("show", "origin/main:platform/Pulumi.staging.yaml"),
            new RegExp(digest(released, "claude-code")),
        );
        assert.doesNotMatch(
            git("show", "origin/main:platform/Pulumi.prod.yaml"),
            new RegExp(digest(released, "claude-code")),
        );
        assert.match(git("log", "-1", "--format=%s by %an", "origin/main"), /^promote v2 to staging by ci/);
    });

    it("fails clearly while another update holds the stack's lock, and changes nothing", async () => {
        const locks = path.join(checkout(), ".state", ".pulumi", "locks", "organization", "platform", "prod");
        fs.mkdirSync(locks, { recursive: true });
        const lock = { pid: 1, username: "ann", hostname: "laptop", timestamp: "2026-06-21T10:00:00Z" };
        fs.writeFileSync(path.join(locks, "0b5e1f4e-0000-4000-8000-000000000000.json"), JSON.stringify(lock));
        const result = await job("promote", { "matrix.environment": "prod" });
        fs.rmSync(locks, { recursive: true });
        assert.equal(result.code, 1);
        assert.match(
            result.steps[0]?.output ?? "",
            /prod: update: another update holds the lock of the stack "prod"/,
        );
        assert.equal(pinsIn(checkout(), "prod").get("claude-code")?.image, old["claude-code"]);
    });

    it("is finished by running prod again, and says already-current after that", async () => {
        const again = await job("promote", { "matrix.environment": "prod" });
        assert.equal(again.code, 0, explain(again));
        assert.equal(pinsIn(checkout(), "prod").get("claude-code")?.image, released["claude-code"]);
        assert.equal(plane("prod").seen[0]?.authorization, `Bearer ${TOKENS.prod}`);
        const third = await job("promote", { "matrix.environment": "prod" });
        assert.match(third.steps[0]?.output ?? "", /already-current=2/);
        assert.equal(plane("prod").seen.length, 2);
    });

    it("showed no token anywhere: output, summaries, files, state", () => {
        const state = path.join(checkout(), ".state");
        const files = fs
            .readdirSync(state, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), "utf8"));
        const texts = [
            output,
            ...files,
            ...ENVIRONMENTS.map((name) => summaryOf(name)),
            git("log", "-p", "--all"),
        ];
        assert.ok(files.length > 0 && output.length > 1000);
        for (const token of Object.values(TOKENS)) {
            assert.ok(
                texts.every((text) => !text.includes(token)),
                token,
            );
        }
    });
});
