import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { AppsV1Api } from "@kubernetes/client-node";
import { type EngineEvent, LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";
import { deployReference, imageOf, REFERENCE, runtimeImagesOf } from "../support/referenceProject";
import { useEngine } from "../support/useEngine";

/** The last commit whose orgs had guards in a component of their own, and four network policies. */
const EARLIER = "95265087351ffd41fbbcac90d2bc9ffca5447e99";

describe("a stack that an earlier program deployed, on a real engine", function () {
    this.timeout(240_000);
    const suite = useEngine();
    let old: Stack;
    let uid: string | undefined;

    const settings = () => ({
        "customer-orgs:referenceStack": REFERENCE,
        "customer-orgs:orgs": "orgs/upgrade",
        "customer-orgs:kubeContext": suite().cluster.context,
        "customer-orgs:defaults": { progressDeadlineSeconds: 60 },
    });
    const deployment = async () => {
        const apps = suite().cluster.kubeConfig.makeApiClient(AppsV1Api);
        return apps.readNamespacedDeployment({ name: "agent-coder", namespace: "org-upgraded" });
    };

    before("the earlier program deploys an org", async function () {
        const { workspace } = suite();
        const directory = path.join(workspace.directory, "earlier");
        fs.mkdirSync(directory);
        try {
            const archive = execFileSync("git", ["archive", EARLIER], {
                cwd: PACKAGE_ROOT,
                maxBuffer: 256 * 1024 ** 2,
                stdio: ["ignore", "pipe", "ignore"],
            });
            execFileSync("tar", ["-x", "-C", directory], { input: archive });
        } catch {
            console.error(`SKIPPED, no history: the commit ${EARLIER} is not in this checkout`);
            this.skip();
        }
        fs.symlinkSync(path.join(PACKAGE_ROOT, "node_modules"), path.join(directory, "node_modules"));
        await deployReference(
            workspace,
            runtimeImagesOf({ "claude-code": imageOf("claude-code", "a") }, "v1"),
        );
        const org = {
            slug: "upgraded",
            displayName: "Upgraded",
            agents: [{ name: "coder", runtime: "claude-code" }],
        };
        fs.mkdirSync(path.join(directory, "orgs", "upgrade"), { recursive: true });
        fs.writeFileSync(path.join(directory, "orgs", "upgrade", "upgraded.yaml"), stringify(org));
        fs.writeFileSync(path.join(directory, "Pulumi.upgrade.yaml"), stringify({ config: settings() }));
        workspace.writeOrg("upgrade", "upgraded", org);
        workspace.writeSettings("customer-orgs", "upgrade", settings());
        old = await LocalWorkspace.createOrSelectStack(
            { stackName: "upgrade", workDir: directory },
            { envVars: { ...workspace.env } },
        );
        await old.up();
        uid = (await deployment()).metadata?.uid;
    });

    it("is brought up to date without replacing or deleting anything but what guards and policies became", async () => {
        const stack = await suite().workspace.stack("customer-orgs", "upgrade");
        const steps: string[] = [];
        const onEvent = ({ resourcePreEvent }: EngineEvent) => {
            const metadata = resourcePreEvent?.metadata;
            if (metadata !== undefined && metadata.op !== "same" && metadata.op !== "read") {
                const [, , type = "", name = ""] = metadata.urn.split("::");
                steps.push(`${metadata.op} ${type.split("$").at(-1) ?? ""} ${name}`);
            }
        };
        await stack.preview({ onEvent });
        assert.deepEqual(steps.sort(), [
            "create kubernetes:networking.k8s.io/v1:NetworkPolicy upgraded-allow",
            "delete customer-orgs:index:TenantGuards upgraded",
            "delete kubernetes:networking.k8s.io/v1:NetworkPolicy upgraded-allow-dns",
            "delete kubernetes:networking.k8s.io/v1:NetworkPolicy upgraded-allow-internet",
            "delete kubernetes:networking.k8s.io/v1:NetworkPolicy upgraded-allow-same-namespace",
            "update kubernetes:apps/v1:Deployment upgraded.coder",
            // Its requests a second.
            "update pulumi:providers:kubernetes cluster",
        ]);
    });

    it("opens the new policy before the old ones go, and keeps the agent's Deployment and the policy that denies all", async () => {
        const stack = await suite().workspace.stack("customer-orgs", "upgrade");
        const order: string[] = [];
        const onEvent = ({ resOutputsEvent }: EngineEvent) => {
            const metadata = resOutputsEvent?.metadata;
            if (metadata?.type.endsWith(":NetworkPolicy") === true && metadata.op !== "same") {
                order.push(metadata.op);
            }
        };
        await stack.up({ onEvent });
        assert.deepEqual(order, ["create", "delete", "delete", "delete"]);
        const { metadata } = await deployment();
        assert.equal(metadata?.uid, uid);
        const { changeSummary } = await stack.preview();
        assert.deepEqual(Object.keys(changeSummary).sort(), ["read", "same"]);
    });

    it("costs nine resources for an org of one agent", async () => {
        const stack = await suite().workspace.stack("customer-orgs", "upgrade");
        const state = (await stack.exportStack()) as { deployment: { resources: { urn: string }[] } };
        const { resources } = state.deployment;
        const own = resources.filter(({ urn }) => urn.includes("customer-orgs:index:CustomerOrg"));
        assert.equal(own.length, 9, own.map(({ urn }) => urn.split("::").slice(2).join(" ")).join("\n"));
    });
});
