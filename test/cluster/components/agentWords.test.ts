import assert from "node:assert/strict";
import { mergeProfiles } from "../../../config/agent/mergeProfiles";
import type { AgentPlan } from "../../../config/agent/agentPlan";
import { planAgent } from "../../../config/agent/planAgent";
import { type Profile, profileSchema } from "../../../config/agent/profileSchema";
import { type ImageReference, readImage } from "../../../images/imageReference";
import { connectKube } from "../../../kube/kubeClient";
import { DEPLOYMENT, declareAgent } from "../../support/declareAgent";
import { inputsOf } from "../../support/declareResources";
import { docExamples } from "../../support/docExamples";
import { useCluster } from "../../support/sharedCluster";
import { useNamespace } from "../../support/useNamespace";

const PROXY = `ghcr.io/genbrain/proxy@sha256:${"a".repeat(64)}`;

/** What the schema takes for Kubernetes' words is held against Kubernetes. */
describe("an agent that says every word, on a real API server under Pod Security restricted", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    const namespace = useNamespace(cluster, "words", { "pod-security.kubernetes.io/enforce": "restricted" });

    /** The Deployment and its budget, and a pod of its template: Pod Security looks at pods alone. */
    async function tryOut(plan: AgentPlan): Promise<void> {
        const client = await connectKube({
            context: cluster().context,
            kubeconfig: cluster().kubeconfigPath,
        });
        const create = (group: string, kind: string, body: unknown) =>
            client.request({
                method: "POST",
                path: `${group}/namespaces/${namespace}/${kind}`,
                query: { dryRun: "All", fieldValidation: "Strict" },
                body,
            });
        const { resources } = await declareAgent({ plan, namespace });
        const { template } = (
            inputsOf(resources, DEPLOYMENT) as { spec: { template: { metadata: object; spec: object } } }
        ).spec;
        await create("/apis/apps/v1", "deployments", inputsOf(resources, DEPLOYMENT));
        for (const { type, inputs } of resources) {
            if (type.endsWith(":PodDisruptionBudget")) {
                await create("/apis/policy/v1", "poddisruptionbudgets", inputs);
            }
        }
        await create("/api/v1", "pods", {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { ...template.metadata, name: "probe", namespace },
            // Neither is here, and both are looked up when a pod is admitted.
            spec: {
                ...template.spec,
                serviceAccountName: undefined,
                runtimeClassName: undefined,
                priorityClassName: undefined,
            },
        });
        client.close();
    }

    it("is admitted with all that the docs show, and no field of it is unknown", async () => {
        const layers = docExamples("agents.md").flatMap(({ what, value }) =>
            what === "a profile"
                ? [{ origin: { layer: "runtime" } as const, profile: profileSchema.parse(value) }]
                : [],
        );
        const { profile } = mergeProfiles(layers);
        const sidecars: Profile["sidecars"] = {
            proxy: {
                image: PROXY,
                args: ["-q"],
                probes: { readiness: { tcpSocket: { port: 1 } } },
                volumeMounts: [{ name: "state", mountPath: "/s" }],
            },
        };
        // The examples' claim is one pod's, and their strategy many pods': each is tried.
        for (const own of [
            { autoscaler: { maxReplicas: 1 }, strategy: { type: "Recreate" } as const },
            { replicas: 3, volumes: { state: { mountPath: "/var/lib/agent", emptyDir: {} } } },
        ]) {
            const plan = planAgent(
                "coder",
                "claude-code",
                [
                    { origin: { layer: "runtime" }, profile: { ...profile, sidecars } },
                    { origin: { layer: "agent" }, profile: own },
                ],
                [readImage("ghcr.io/genbrain") as ImageReference],
            );
            assert.deepEqual(plan.problems, []);
            await tryOut(plan);
        }
    });

    it("is admitted with a probe of each kind and a handler of each kind", async () => {
        const probes = [
            { httpGet: { path: "/", port: "http", httpHeaders: [{ name: "Host", value: "a" }] } },
            { tcpSocket: { port: 8080 } },
            { exec: { command: ["a"] } },
            { grpc: { port: 8080, service: "x" } },
        ];
        const handlers = [
            { exec: { command: ["a"] } },
            { httpGet: { path: "/", port: 8080 } },
            { sleep: { seconds: 5 } },
        ];
        for (const [index, readiness] of probes.entries()) {
            const profile = profileSchema.parse({
                ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
                probes: { readiness: { ...readiness, successThreshold: 2 }, liveness: readiness },
                preStop: handlers[index % handlers.length],
            });
            await tryOut(planAgent("coder", "claude-code", [{ origin: { layer: "agent" }, profile }]));
        }
    });
});
