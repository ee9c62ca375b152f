import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { KubernetesObjectApi } from "@kubernetes/client-node";
import type { Stack } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import { type KubeClient, createKubeClient } from "../../kube/kubeClient";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";
import { Workspace } from "../../local/workspace";
import { makeOrg, settledAgents } from "../support/handMadeOrgs";
import { imagesIn } from "../support/objects";
import { imageOf } from "../support/referenceProject";
import { runFleet } from "../support/runFleet";
import { useEngine } from "../support/useEngine";
import { useNamespace } from "../support/useNamespace";

const CODE = imageOf("claude-code", "a");
const SLUG = `roled-${process.pid}`;
const CORE = `core-roled-${process.pid}`;

interface Role {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly rules: readonly Record<"apiGroups" | "resources" | "verbs", readonly string[]>[];
}

/** As it is committed. */
const role = () =>
    parse(fs.readFileSync(path.join(PACKAGE_ROOT, "docs", "deployer-role.yaml"), "utf8")) as Role;

/** All that deploys does so by the committed role alone: what the role lacks makes an update fail, or wait for ever. */
describe("a deployer with the role of docs/deployer-role.yaml and nothing else, on a real engine", function () {
    this.timeout(600_000);
    const suite = useEngine();
    const home = useNamespace(() => suite().cluster, "deployer");
    let workspace: Workspace;
    let platform: Stack;
    let customers: Stack;
    let admin: KubeClient;

    const binding = () => ({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: home },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role().metadata.name },
        subjects: [{ kind: "ServiceAccount", name: "deployer", namespace: home }],
    });
    const writeOrg = (more: object = {}) => {
        const coder = {
            name: "coder",
            runtime: "claude-code",
            replicas: 2,
            secretEnv: { KEY: { secret: "optional", key: "key", optional: true } },
            serviceAccountAnnotations: { "cloud.example/role": "coder" },
        };
        const keeper = {
            ...{ name: "keeper", runtime: "claude-code" },
            volumes: { state: { mountPath: "/state", claim: { size: "1Gi" } } },
        };
        workspace.writeOrg("roled", SLUG, {
            slug: SLUG,
            displayName: SLUG,
            agents: [coder, keeper],
            ...more,
        });
    };

    before(
        "a ServiceAccount with the role, and a volume for the claim, which nobody provisions here",
        async () => {
            const { cluster } = suite();
            admin = createKubeClient(cluster.kubeConfig);
            const claimRef = { namespace: `org-${SLUG}`, name: "agent-keeper-state" };
            await admin.request({
                method: "POST",
                path: "/api/v1/persistentvolumes",
                body: {
                    metadata: { name: SLUG },
                    spec: {
                        ...{ capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], claimRef },
                        hostPath: { path: "/nowhere" },
                    },
                },
            });
            const objects = KubernetesObjectApi.makeApiClient(cluster.kubeConfig);
            await objects.create(role());
            await objects.create(binding());
            const accounts = `/api/v1/namespaces/${home}/serviceaccounts`;
            const post = (to: string, body: unknown) => admin.request({ method: "POST", path: to, body });
            await post(accounts, { metadata: { name: "deployer" } });
            const { status } = (await post(`${accounts}/deployer/token`, {
                spec: { expirationSeconds: 3600 },
            })) as { status: { token: string } };
            const config = parse(fs.readFileSync(cluster.kubeconfigPath, "utf8")) as {
                contexts: { context: { user: string } }[];
            };
            const [{ context } = { context: { user: "" } }] = config.contexts;
            const users = [{ name: context.user, user: { token: status.token } }];
            const file = path.join(suite().workspace.directory, "deployer.kubeconfig");
            fs.writeFileSync(file, stringify({ ...config, users }), { mode: 0o600 });
            workspace = Workspace.create(file);
            workspace.writeSettings("platform", "roled", {
                "platform:kubeContext": cluster.context,
                "platform:runtimes": {
                    "claude-code": { image: CODE, release: "v1", promotedAt: "2026-06-21T10:19:30Z" },
                },
                "platform:coreFleet": {
                    namespace: CORE,
                    defaults: { minReadySeconds: 0 },
                    agents: [{ name: "cto", runtime: "claude-code" }],
                },
            });
            workspace.writeSettings("customer-orgs", "roled", {
                "customer-orgs:referenceStack": "organization/platform/roled",
                "customer-orgs:orgs": "orgs/roled",
                "customer-orgs:kubeContext": cluster.context,
                "customer-orgs:defaults": { minReadySeconds: 0, progressDeadlineSeconds: 60 },
            });
            writeOrg();
            platform = await workspace.stack("platform", "roled");
            customers = await workspace.stack("customer-orgs", "roled");
        },
    );
    after(async () => {
        if ((admin as KubeClient | undefined) !== undefined) {
            const objects = KubernetesObjectApi.makeApiClient(suite().cluster.kubeConfig);
            await objects.delete(binding());
            await objects.delete(role());
            admin.close();
        }
        (workspace as Workspace | undefined)?.remove();
    });

    it("updates the platform, and its core fleet", async () => {
        const { outputs } = await platform.up();
        assert.match(JSON.stringify(outputs["runtimeImages"]?.value), new RegExp(CODE));
    });

    it("updates customers with claims, budgets and identities, and looks for what they lack", async () => {
        const { stdout, stderr } = await customers.up({ color: "never" });
        assert.deepEqual(await imagesIn(suite().cluster, `org-${SLUG}`), {
            "agent-coder": CODE,
            "agent-keeper": CODE,
        });
        assert.doesNotMatch(stdout + stderr, /forbidden/i);
    });

    it("says who runs what, brings a hand-made org to its pin, and takes it over", async () => {
        const hand = `${SLUG}-hand`;
        const fleet = async (...args: readonly string[]) => {
            const { code, output, errors } = await runFleet(workspace, [...args, "--stack", "roled"]);
            assert.equal(code, 0, output + errors);
            assert.doesNotMatch(output + errors, /forbidden/i);
            return output;
        };
        const stale = async (org: string) => {
            const output = await fleet("stale", "--org", org, "--no-registry", "--json");
            const { rows } = JSON.parse(output) as { rows: { agent: string; status: string }[] };
            return rows.map(({ agent, status }) => `${agent} ${status}`).sort();
        };
        await makeOrg(admin, `org-${hand}`, { "fleet-test": hand }, [
            {
                name: "agent-keeper",
                image: "ghcr.io/genbrain/claude-code:latest",
                claim: "files",
                account: {},
            },
        ]);
        await settledAgents(admin, `fleet-test=${hand}`, 1);
        assert.deepEqual(await stale(SLUG), ["coder current", "keeper current"]);
        assert.match(
            await fleet("sync", "--namespace-selector", `fleet-test=${hand}`),
            new RegExp(`^updated +org-${hand}/agent-keeper`, "m"),
        );
        assert.deepEqual(await imagesIn(suite().cluster, `org-${hand}`), { "agent-keeper": CODE });
        assert.match(await fleet("adopt", "--org", hand, "--import"), /Nothing is replaced or deleted/);
        await customers.up();
        assert.deepEqual(await stale(hand), ["keeper current"]);
    });
});
