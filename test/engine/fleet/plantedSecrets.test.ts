import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { runCommand } from "../../../lib/system/runCommand";
import { makeOrg, settledAgents } from "../../support/handMadeOrgs";
import { REFERENCE, deployReference, imageOf, runtimeImagesOf } from "../../support/referenceProject";
import { useEngine } from "../../support/useEngine";

const IMAGE = imageOf("claude-code", "1");
/** In every credential of this suite. */
const SECRET = ["hunter2", "Hunter2", "hunter2"].join("");
const TEXTS = {
    DATABASE_URL: `postgres://app:${SECRET}@db.acme.example/main`,
    OPENAI: ["sk", "proj", SECRET].join("-"),
    API_TOKEN: SECRET,
};

/** An operator's whole day, with credentials wherever somebody may have put one. */
describe("credentials in plain text, on a real engine", function () {
    this.timeout(600_000);
    const suite = useEngine();
    let client: KubeClient;
    const printed: string[] = [];

    const fleet = async (...args: string[]) => {
        const { workspace } = suite();
        const launcher = path.join(PACKAGE_ROOT, "commands", "fleet.mjs");
        const command = [launcher, ...args, "--stack", "secrets", "--project", workspace.directory];
        const env = { ...process.env, ...workspace.env };
        const result = await runCommand(process.execPath, command, {
            cwd: PACKAGE_ROOT,
            env,
            keep: Infinity,
            mayFail: true,
        });
        printed.push(result.output);
        return result;
    };
    const org = (slug: string, agent: object = {}) => ({
        ...{ slug, displayName: slug },
        agents: [{ name: "coder", runtime: "claude-code", ...agent }],
    });

    before(async () => {
        const { workspace, cluster } = suite();
        client = createKubeClient(cluster.kubeConfig);
        await deployReference(workspace, runtimeImagesOf({ "claude-code": IMAGE }, "v1"));
        workspace.writeOrg("secrets", "secret-born", org("secret-born"));
        workspace.writeSettings("customer-orgs", "secrets", {
            "customer-orgs:referenceStack": REFERENCE,
            "customer-orgs:orgs": "orgs/secrets",
            "customer-orgs:kubeContext": cluster.context,
            "customer-orgs:defaults": { progressDeadlineSeconds: 60, minReadySeconds: 0 },
        });
        await (await workspace.stack("customer-orgs", "secrets")).up();
        await makeOrg(client, "org-secret-hand", { "fleet-test": "secret" }, [
            {
                name: "agent-coder",
                image: "ghcr.io/genbrain/claude-code:latest",
                annotations: { note: TEXTS.OPENAI },
            },
        ]);
        await settledAgents(client, "fleet-test=secret", 1);
        await client.request({
            method: "PATCH",
            path: "/apis/apps/v1/namespaces/org-secret-hand/deployments/agent-coder",
            contentType: "application/strategic-merge-patch+json",
            body: {
                spec: {
                    template: {
                        spec: {
                            containers: [
                                {
                                    name: "agent",
                                    env: Object.entries(TEXTS).map(([name, value]) => ({ name, value })),
                                    args: [`--db=${TEXTS.DATABASE_URL}`, `--api-key=${SECRET}`],
                                },
                            ],
                        },
                    },
                },
            },
        });
    });
    after(() => {
        (client as KubeClient | undefined)?.close();
    });

    it("are refused by every command that reads them, and stand in nothing that is printed, written or kept", async () => {
        const { workspace } = suite();
        for (const args of [["adopt"], ["adopt", "--lossy", "--import"], ["adopt", "--lossy"]]) {
            const { code, output } = await fleet(...args, "--org", "secret-hand");
            assert.equal(code, args.includes("--import") || !args.includes("--lossy") ? 2 : 0, output);
            assert.match(output, /variable "DATABASE_URL": this value looks like a URL with a password/);
            assert.match(output, /variable "OPENAI": this value looks like an API key/);
            assert.match(output, /variable "API_TOKEN": this name says credential/);
            assert.match(output, /its "args": this value looks like/);
        }
        workspace.writeOrg("secrets", "secret-hand", undefined);
        for (const words of [
            { env: TEXTS },
            { args: [TEXTS.DATABASE_URL] },
            { podAnnotations: { note: TEXTS.OPENAI } },
        ]) {
            workspace.writeOrg("secrets", "secret-born", org("secret-born", words));
            for (const command of ["preview", "render", "check", "stale", "sync", "up"]) {
                const { code, output } = await fleet(command);
                assert.notEqual(code, 0, `${command}: ${output}`);
            }
        }
        workspace.writeOrg("secrets", "secret-born", org("secret-born"));
        await fleet("sync", "--dry-run", "--json", "--all");
        await fleet("stale", "--json");
        await fleet("preview", "--json");
        await fleet("recover");
        const up = await fleet("up");
        assert.equal(up.code, 0, up.output);
        assert.doesNotMatch(up.output, /not compared with the platform's pins/);

        assert.ok(printed.length > 20);
        assert.deepEqual(
            printed.filter((text) => text.includes(SECRET)),
            [],
        );
        const files = filesBelow(workspace.directory);
        assert.ok(
            files.some((file) => file.includes(".state")),
            "the state is looked through",
        );
        assert.deepEqual(
            files.filter((file) => fs.readFileSync(file, "utf8").includes(SECRET)),
            [],
        );
    });
});

/** The files of a folder's own; what is linked is the checkout's. */
function filesBelow(folder: string): readonly string[] {
    return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const file = path.join(folder, entry.name);
        return entry.isDirectory() ? filesBelow(file) : entry.isFile() ? [file] : [];
    });
}
