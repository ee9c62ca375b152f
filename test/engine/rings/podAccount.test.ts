import { KubernetesObjectApi } from "@kubernetes/client-node";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import type { KubernetesObject } from "../../../engine/evaluateProgram";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";
import { imagesIn } from "../../support/objects";
import { mountAccount, writeObjects } from "../../support/operator/podAccount";
import { OPERATOR_SETTINGS } from "../../support/operator/operatorProject";
import { REFERENCE } from "../../support/referenceProject";
import { RingStack, publish } from "../../support/ringStacks";
import { useEngine } from "../../support/useEngine";
import { useNamespace } from "../../support/useNamespace";

describe("a program in an operator's pod, on a real engine", function () {
    this.timeout(600_000);
    const suite = useEngine();
    const namespace = useNamespace(() => suite().cluster, "pod");
    const given: KubernetesObject[] = [];
    let mounted: string | undefined;

    after(async () => {
        const objects =
            given.length > 0 ? KubernetesObjectApi.makeApiClient(suite().cluster.kubeConfig) : undefined;
        for (const object of given) {
            await objects?.delete(object);
        }
        if (mounted !== undefined) {
            fs.rmSync(mounted, { recursive: true });
        }
    });

    /** Gives the pod's account the role that the docs name, and nothing besides. */
    async function bindRole(): Promise<void> {
        const objects = KubernetesObjectApi.makeApiClient(suite().cluster.kubeConfig);
        const role = parse(
            fs.readFileSync(path.join(PACKAGE_ROOT, "docs/deployer-role.yaml"), "utf8"),
        ) as KubernetesObject;
        const name = `${role.metadata.name}-${process.pid}`;
        const apiVersion = "rbac.authorization.k8s.io/v1";
        const binding = {
            apiVersion,
            kind: "ClusterRoleBinding",
            metadata: { name },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
            subjects: [{ kind: "ServiceAccount", name: "default", namespace }],
        };
        for (const object of [{ ...role, metadata: { name } }, binding]) {
            await objects.create(object);
            given.push(object);
        }
    }

    it("deploys and proves by the pod's account alone, and a person goes on with the same stack by hand", async () => {
        const image = await publish(suite(), "v1", "1");
        const ring = await RingStack.create(suite(), "pod", {
            reference: REFERENCE,
            orgs: { "pod-a": {} },
            settings: { "customer-orgs:operator": { ...OPERATOR_SETTINGS, namespace } },
        });
        await bindRole();
        const { cluster, workspace } = suite();
        const kubeconfig = await mountAccount(cluster, namespace, await writeObjects(workspace.directory));
        mounted = path.dirname(kubeconfig);
        const inPod = await LocalWorkspace.selectStack(
            { stackName: "pod", workDir: workspace.project("customer-orgs") },
            { envVars: { ...workspace.env, KUBECONFIG: kubeconfig } },
        );
        const { outputs } = await inPod.up({ color: "never" });
        const { runtimes } = outputs["runtimeImages"]?.value as {
            runtimes: Record<string, { image: string }>;
        };
        assert.equal(runtimes["platform-agent"]?.image, image);
        assert.equal((await imagesIn(cluster, "org-pod-a"))["agent-main"], image);

        const deploymentUid = async () => {
            const { metadata } = await KubernetesObjectApi.makeApiClient(cluster.kubeConfig).read({
                apiVersion: "apps/v1",
                kind: "Deployment",
                metadata: { name: "agent-main", namespace: "org-pod-a" },
            });
            assert.ok(metadata?.uid !== undefined);
            return metadata.uid;
        };
        const before = await deploymentUid();
        const byHand = await ring.stack.up({ color: "never" });
        const { replace, create, delete: deleted } = byHand.summary.resourceChanges ?? {};
        // The provider that looks whose cluster it is, since its kubeconfig is elsewhere; of the cluster nothing.
        assert.deepEqual([create, replace, deleted], [undefined, 1, undefined]);
        assert.equal(await deploymentUid(), before);
    });
});
