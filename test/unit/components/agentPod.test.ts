import assert from "node:assert/strict";
import type { Profile } from "../../../config/agent/profileSchema";
import { declareAgent } from "../../support/declareAgent";
import { inputsOf } from "../../support/declareResources";

const PROXY = `ghcr.io/genbrain/proxy@sha256:${"a".repeat(64)}`;

async function podOf(profile: Profile) {
    const { deployment } = await declareAgent({ profile });
    return deployment.spec.template.spec as unknown as Record<string, unknown> & {
        containers: Record<string, unknown>[];
        initContainers?: Record<string, unknown>[];
    };
}

describe("the pods of an Agent", () => {
    it("run as the user that people name, and never as root", async () => {
        const { securityContext } = await podOf({
            securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000 },
        });
        assert.deepEqual(securityContext, {
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            fsGroup: 2000,
            seccompProfile: { type: "RuntimeDefault" },
        });
    });

    it("have a read-only root in every container where one is asked for, the boot gate and sidecars too", async () => {
        const { containers, initContainers = [] } = await podOf({
            bootGate: ["/opt/x"],
            securityContext: { readOnlyRootFilesystem: true },
            sidecars: { proxy: { image: PROXY } },
        });
        for (const { securityContext } of [...containers, ...initContainers]) {
            assert.deepEqual(securityContext, {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"] },
                readOnlyRootFilesystem: true,
            });
        }
    });

    it("are placed as people say, and spread from each other", async () => {
        const pod = await podOf({
            runtimeClassName: "gvisor",
            nodeSelector: { pool: "agents" },
            tolerations: [{ key: "agents", operator: "Exists", effect: "NoSchedule" }],
            priorityClassName: "agents",
            topologySpreadConstraints: [
                {
                    maxSkew: 1,
                    topologyKey: "topology.kubernetes.io/zone",
                    whenUnsatisfiable: "ScheduleAnyway",
                },
            ],
        });
        assert.deepEqual(
            [pod["runtimeClassName"], pod["nodeSelector"], pod["tolerations"], pod["priorityClassName"]],
            [
                "gvisor",
                { pool: "agents" },
                [{ key: "agents", operator: "Exists", effect: "NoSchedule" }],
                "agents",
            ],
        );
        assert.deepEqual(pod["topologySpreadConstraints"], [
            {
                maxSkew: 1,
                topologyKey: "topology.kubernetes.io/zone",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: {
                    matchLabels: { "customer-orgs/agent": "coder", "customer-orgs/org": "acme" },
                },
            },
        ]);
    });

    it("mount their volumes, a claim by the name that it has in the cluster", async () => {
        const { containers, ...pod } = await podOf({
            volumes: {
                scratch: { mountPath: "/tmp", emptyDir: { sizeLimit: "1Gi" } },
                rules: { mountPath: "/etc/rules", readOnly: true, configMap: { name: "rules" } },
                state: { mountPath: "/state", claim: { size: "5Gi" } },
            },
        });
        assert.deepEqual(pod["volumes"], [
            { name: "scratch", emptyDir: { sizeLimit: "1Gi" } },
            { name: "rules", configMap: { name: "rules" } },
            { name: "state", persistentVolumeClaim: { claimName: "agent-coder-state" } },
        ]);
        assert.deepEqual(containers[0]?.["volumeMounts"], [
            { name: "scratch", mountPath: "/tmp" },
            { name: "rules", mountPath: "/etc/rules", readOnly: true },
            { name: "state", mountPath: "/state" },
        ]);
    });

    it("have their sidecars after the agent, sorted by name", async () => {
        const { containers } = await podOf({
            sidecars: { zeta: { image: PROXY }, alpha: { image: PROXY, args: ["--quiet"] } },
        });
        assert.deepEqual(
            containers.map(({ name, args }) => [name, args]),
            [
                ["agent", undefined],
                ["alpha", ["--quiet"]],
                ["zeta", undefined],
            ],
        );
    });

    it("end with time for what they do, and a word before", async () => {
        const pod = await podOf({
            terminationGracePeriodSeconds: 600,
            preStop: { exec: { command: ["/bin/drain"] } },
        });
        assert.equal(pod["terminationGracePeriodSeconds"], 600);
        assert.deepEqual(pod.containers[0]?.["lifecycle"], {
            preStop: { exec: { command: ["/bin/drain"] } },
        });
    });

    it("keep the labels by which the platform finds them, whatever people add", async () => {
        const { deployment } = await declareAgent({
            profile: { podLabels: { team: "red" }, podAnnotations: { note: "x" } },
        });
        assert.deepEqual(deployment.spec.template.metadata.labels, {
            ...deployment.metadata.labels,
            team: "red",
        });
        assert.deepEqual(deployment.spec.template.metadata.annotations, { note: "x" });
    });
});

describe("an Agent with more than one pod", () => {
    const BUDGET = "kubernetes:policy/v1:PodDisruptionBudget";

    it("has a budget for disruptions, and one with a single pod has none, which would keep its node for ever", async () => {
        const { resources } = await declareAgent({ profile: { replicas: 2 } });
        const { spec } = inputsOf(resources, BUDGET) as { spec: Record<string, unknown> };
        assert.deepEqual(spec, {
            maxUnavailable: 1,
            selector: { matchLabels: { "customer-orgs/agent": "coder", "customer-orgs/org": "acme" } },
            unhealthyPodEvictionPolicy: "AlwaysAllow",
        });
        const single = await declareAgent({ profile: { replicas: 1 } });
        assert.equal(
            single.resources.some(({ type }) => type === BUDGET),
            false,
        );
    });

    it("leaves their number to an autoscaler where one is named", async () => {
        const { deployment, resources } = await declareAgent({
            profile: { autoscaler: { maxReplicas: 5 } },
        });
        assert.equal("replicas" in deployment.spec, false);
        assert.equal(resources.filter(({ type }) => type === BUDGET).length, 1);
    });
});
