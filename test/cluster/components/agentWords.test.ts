import { KubernetesObjectApi } from "@kubernetes/client-node";
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

const SPREAD = {
    maxSkew: 1,
    topologyKey: "topology.kubernetes.io/zone",
    whenUnsatisfiable: "ScheduleAnyway",
} as const;

const planOf = (profile: Profile) =>
    planAgent(
        "coder",
        "claude-code",
        [{ origin: { layer: "agent" }, profile }],
        [readImage("ghcr.io/genbrain") as ImageReference],
    );
const port = (name: string, containerPort: number) => ({ name, containerPort });
const files = (mountPath: string) => ({ mountPath, configMap: { name: "files" } });
const mount = (mountPath: string) => ({ name: "shared", mountPath });
const claimOf = (size: string): Profile => ({ volumes: { state: { mountPath: "/s", claim: { size } } } });
const sidecarOf = (volumeMounts: { name: string; mountPath: string; subPath?: string }[]): Profile => ({
    volumes: { shared: { mountPath: "/shared", emptyDir: {} } },
    sidecars: { proxy: { image: PROXY, volumeMounts } },
});
const affinityOf = (term: object): Profile => ({
    affinity: {
        nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
        },
    },
});
const nodeAffinity = (operator: string, values: string[]) =>
    affinityOf({ matchExpressions: [{ key: "cores", operator, values }] });

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
            spec: template.spec,
        });
        client.close();
    }

    /** What a pod's words name is looked up when it is admitted: the classes that the docs show, and the accounts of an agent. */
    const named = [
        {
            apiVersion: "node.k8s.io/v1",
            kind: "RuntimeClass",
            metadata: { name: "gvisor" },
            handler: "runsc",
        },
        {
            apiVersion: "scheduling.k8s.io/v1",
            kind: "PriorityClass",
            metadata: { name: "agents" },
            value: 1000,
        },
        ...["agent", "agent-coder"].map((name) => ({
            ...{ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
        })),
    ];
    before("what pods name", async () => {
        const objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        for (const object of named) {
            await objects.create(object);
        }
    });
    after(async () => {
        const objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        for (const object of named.slice(0, 2)) {
            await objects.delete(object).catch(() => undefined);
        }
    });

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

    /** What looks right and is not, each with whether it is to be taken; what is taken is shown to the API server. */
    const odd: readonly (readonly [string, Profile, "taken" | "refused"])[] = [
        ["less than a thousandth of a core", { resources: { limits: { cpu: "0.0001" } } }, "refused"],
        [
            "a limit of nothing, which a node takes for none",
            { resources: { limits: { cpu: "0" } } },
            "refused",
        ],
        ["a request of nothing", { resources: { requests: { cpu: "0" } } }, "taken"],
        ["one and a half gibibytes", { resources: { limits: { memory: "1.5Gi" } } }, "taken"],
        ["a claim of nothing", claimOf("0"), "refused"],
        ["two ports of one name", { ports: [port("a", 1), port("a", 2)] }, "refused"],
        ["two ports without a name", { ports: [{ containerPort: 1 }, { containerPort: 2 }] }, "taken"],
        [
            "a probe at a port that nobody has",
            { ports: [port("a", 1)], probes: { readiness: { tcpSocket: { port: "b" } } } },
            "refused",
        ],
        [
            "a handler at a port that nobody has",
            { preStop: { httpGet: { path: "/", port: "b" } } },
            "refused",
        ],
        ["no time to end", { terminationGracePeriodSeconds: 0 }, "refused"],
        ["a day to end", { terminationGracePeriodSeconds: 86_400 }, "taken"],
        ["more cores than something that is no number", nodeAffinity("Gt", ["many"]), "refused"],
        ["more cores than some", nodeAffinity("Gt", ["8"]), "taken"],
        ["a label that is in nothing", nodeAffinity("In", []), "refused"],
        ["a label that exists with a value", nodeAffinity("Exists", ["x"]), "refused"],
        [
            "a node by a field that cannot be matched",
            affinityOf({ matchFields: [{ key: "spec.x", operator: "In", values: ["a"] }] }),
            "refused",
        ],
        [
            "a node by its name",
            affinityOf({ matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] }),
            "taken",
        ],
        ["one spread twice", { topologySpreadConstraints: [SPREAD, { ...SPREAD, maxSkew: 2 }] }, "refused"],
        [
            "a spread over domains that may be missed",
            { topologySpreadConstraints: [{ ...SPREAD, minDomains: 2 }] },
            "refused",
        ],
        ["two volumes of one ConfigMap", { volumes: { a: files("/a"), b: files("/b") } }, "taken"],
        ["a sidecar's two mounts at one path", sidecarOf([mount("/x"), mount("/x")]), "refused"],
        ["a sidecar's mount out of its volume", sidecarOf([{ ...mount("/x"), subPath: "../y" }]), "refused"],
        ["a sidecar's mount of a part", sidecarOf([{ ...mount("/x"), subPath: "y/z" }]), "taken"],
        ["a control character in an annotation", { podAnnotations: { a: "b\u0000c" } }, "refused"],
        ["a control character in a command", { command: ["a\u0007"] }, "refused"],
        ["a line end in a variable", { env: { A: "b\nc" } }, "taken"],
        ["a device of a fraction", { resources: { limits: { "nvidia.com/gpu": "0.5" } } }, "refused"],
    ];
    for (const [what, value, expected] of odd) {
        it(`is ${expected === "taken" ? "admitted" : "refused before anything is declared"} with ${what}`, async () => {
            const parsed = profileSchema.safeParse(value);
            const plan = planOf(parsed.data ?? {});
            assert.equal(parsed.success && plan.problems.length === 0 ? "taken" : "refused", expected);
            if (expected === "taken") {
                await tryOut(plan);
            }
        });
    }
});
