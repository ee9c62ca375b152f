import {
    AppsV1Api,
    CoreV1Api,
    KubernetesObjectApi,
    PatchStrategy,
    type V1Pod,
} from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { describeUserTrouble } from "../../ci/imageUser";
import { agentClaim } from "../../components/agentClaim";
import { POD_SECURITY_LABELS } from "../../components/tenantGuards";
import { planAgent } from "../../config/agent/planAgent";
import type { Profile } from "../../config/agent/profileSchema";
import { declareAgent } from "../support/declareAgent";
import { declareResources } from "../support/declareResources";
import { pinned } from "../support/sampleImages";
import { until } from "../support/until";
import { IMAGE_USER, SLOW, useContainers } from "../support/useContainers";

const SECURITY = { runAsUser: IMAGE_USER, runAsGroup: IMAGE_USER, fsGroup: IMAGE_USER };
const shell = (script: string): Profile => ({
    command: ["/bin/sh", "-c", script],
    securityContext: SECURITY,
    minReadySeconds: 0,
    terminationGracePeriodSeconds: 1,
});

/** What the embedded cluster cannot show, since its nodes run nothing. */
describe("an agent whose containers really run", function () {
    this.timeout(2 * SLOW + 60_000);
    const cluster = useContainers(POD_SECURITY_LABELS);
    const core = () => cluster().kubeConfig.makeApiClient(CoreV1Api);
    const apply = async (resources: readonly { type: string; inputs: object }[]) => {
        const objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        for (const { type, inputs } of resources) {
            if (type.startsWith("kubernetes:")) {
                const plain = JSON.parse(JSON.stringify(inputs)) as { kind: string };
                await objects.patch(plain, undefined, undefined, "test", true, PatchStrategy.ServerSideApply);
            }
        }
    };
    const deploy = async (name: string, profile: Profile) => {
        const { namespace, image } = cluster();
        const plan = planAgent(name, "claude-code", [{ origin: { layer: "agent" }, profile }]);
        assert.deepEqual(plan.problems, []);
        const { resources } = await declareResources(() => {
            const parent = new pulumi.ComponentResource("test:index:Org", "x");
            for (const claim of plan.claims) {
                agentClaim({ owner: "x", namespace, claim, protect: false }, parent);
            }
        });
        const agent = await declareAgent({
            name,
            namespace,
            plan,
            image: pinned(image),
            serviceAccountName: "default",
        });
        await apply([...resources, ...agent.resources]);
    };
    const status = async (name: string) => {
        const apps = cluster().kubeConfig.makeApiClient(AppsV1Api);
        const read = await apps.readNamespacedDeployment({
            name: `agent-${name}`,
            namespace: cluster().namespace,
        });
        const { status: is, metadata } = read;
        const isRolled =
            is?.observedGeneration === metadata?.generation && is?.updatedReplicas === 1 && is.replicas === 1;
        const availableReplicas = is?.availableReplicas ?? 0;
        return { isRolled, availableReplicas, conditions: is?.conditions };
    };
    const runs = (name: string) =>
        until(
            `${name} to run`,
            async () => {
                const { isRolled, availableReplicas } = await status(name);
                return isRolled && availableReplicas === 1 ? true : undefined;
            },
            SLOW,
        );
    const podOf = (name: string, is: (pod: V1Pod) => boolean) =>
        until(
            `a pod of ${name}`,
            async () => {
                const labelSelector = `customer-orgs/agent=${name}`;
                const { items } = await core().listNamespacedPod({
                    namespace: cluster().namespace,
                    labelSelector,
                });
                return items.find(is);
            },
            SLOW,
        );

    it("passes its boot gate with what is in its image, and never starts without it", async () => {
        await deploy("gated", { ...shell("sleep 3600"), bootGate: ["/bin/sh"] });
        await runs("gated");
        await deploy("barred", { ...shell("sleep 3600"), bootGate: ["/bin/sh", "/opt/not-there"] });
        const pod = await podOf("barred", ({ status: of }) =>
            (of?.initContainerStatuses ?? []).some(
                ({ state, lastState }) => (state?.terminated ?? lastState?.terminated) !== undefined,
            ),
        );
        const log = await core().readNamespacedPodLog({
            name: pod.metadata?.name ?? "",
            namespace: cluster().namespace,
            container: "boot-gate",
        });
        assert.match(log, /boot gate: \/opt\/not-there is missing from the image/);
        assert.equal((await status("barred")).availableReplicas, 0);
    });

    it("never starts as a user that is a name, as smoke says of such an image, and starts by the number", async () => {
        assert.match(describeUserTrouble("curl_user", [{ who: "named" }]) ?? "", /would not start/);
        await deploy("named", { ...shell("sleep 3600"), securityContext: {} });
        const pod = await podOf("named", ({ status: of }) =>
            (of?.containerStatuses ?? []).some(
                ({ state }) => state?.waiting?.reason === "CreateContainerConfigError",
            ),
        );
        assert.match(
            pod.status?.containerStatuses?.[0]?.state?.waiting?.message ?? "",
            /runAsNonRoot.*non-numeric user/,
        );
        assert.equal(describeUserTrouble("curl_user", [{ who: "named", runAsUser: IMAGE_USER }]), undefined);
        await deploy("named", shell("sleep 3600"));
        await runs("named");
    });

    it("writes nowhere but where it may, with a read-only root", async () => {
        await deploy("readonly", {
            ...shell("touch /probe 2>/dev/null && exit 1; touch /tmp/probe && sleep 3600"),
            securityContext: { ...SECURITY, readOnlyRootFilesystem: true },
            volumes: { tmp: { mountPath: "/tmp", emptyDir: { sizeLimit: "1Mi" } } },
        });
        await runs("readonly");
    });

    it("finds after a release what it wrote before", async () => {
        const volumes = { state: { mountPath: "/state", claim: { size: "16Mi" } } };
        await deploy("stateful", { ...shell("echo kept > /state/file && sleep 3600"), volumes });
        await runs("stateful");
        await deploy("stateful", { ...shell("grep -q kept /state/file && sleep 3600"), volumes });
        await runs("stateful");
    });

    it("keeps its old pod while the new one is not ready", async () => {
        const ready = (command: string): Profile => ({
            ...shell("sleep 3600"),
            progressDeadlineSeconds: 20,
            probes: { readiness: { exec: { command: [command] }, periodSeconds: 1 } },
        });
        await deploy("probed", ready("/bin/true"));
        await runs("probed");
        await deploy("probed", ready("/bin/false"));
        await until(
            "the rollout to be called failed",
            async () =>
                (await status("probed")).conditions?.find(
                    ({ reason }) => reason === "ProgressDeadlineExceeded",
                ),
            SLOW,
        );
        assert.equal((await status("probed")).availableReplicas, 1);
    });
});
