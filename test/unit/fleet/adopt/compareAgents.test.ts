import assert from "node:assert/strict";
import { type Companions, NO_COMPANIONS } from "../../../../fleet/adopt/companions";
import { compareAgents } from "../../../../fleet/adopt/compareAgents";
import { planAdoption } from "../../../../fleet/adopt/planAdoption";
import { renderOrg } from "../../../../engine/renderOrg";
import { parseRuntimeImages } from "../../../../images/runtimeImages";
import { PACKAGE_ROOT } from "../../../../lib/system/packageRoot";
import { image } from "../../../support/liveObjects";

const PINS = parseRuntimeImages(
    { schemaVersion: 1, runtimes: { "claude-code": { image: image("2"), release: "v2" } } },
    "platform",
);

type Fields = Record<string, unknown>;

/** A hand-made Deployment as the API server sends it, with everything that it fills in. */
function live({
    spec,
    pod,
    container,
    ...metadata
}: Record<"spec" | "pod" | "container", Fields> & Fields): Fields {
    return {
        metadata: {
            name: "agent-coder",
            namespace: "org-hand",
            labels: { app: "agent-coder" },
            ...metadata,
        },
        spec: {
            replicas: 1,
            revisionHistoryLimit: 10,
            progressDeadlineSeconds: 600,
            selector: { matchLabels: { app: "agent-coder" } },
            strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
            ...spec,
            template: {
                metadata: { labels: { app: "agent-coder" }, ...(pod["metadata"] as Fields | undefined) },
                spec: {
                    restartPolicy: "Always",
                    terminationGracePeriodSeconds: 30,
                    dnsPolicy: "ClusterFirst",
                    securityContext: {},
                    schedulerName: "default-scheduler",
                    ...pod,
                    metadata: undefined,
                    containers: [
                        {
                            name: "agent",
                            image: "ghcr.io/genbrain/claude-code:latest",
                            imagePullPolicy: "Always",
                            resources: {},
                            terminationMessagePath: "/dev/termination-log",
                            terminationMessagePolicy: "File",
                            ...container,
                        },
                        ...((pod["containers"] as unknown[] | undefined) ?? []),
                    ],
                },
            },
        },
    };
}

async function compare(parts: {
    spec?: Fields;
    pod?: Fields;
    container?: Fields;
    annotations?: Fields;
    labels?: Fields;
    companions?: Partial<Companions>;
}) {
    const companions = { ...NO_COMPANIONS, ...parts.companions };
    const deployments = [live({ spec: {}, pod: {}, container: {}, ...parts, companions: undefined })];
    const plan = planAdoption({
        ...{ slug: "hand", stack: "prod", displayName: "Hand & Sons", guards: [], companions, pins: PINS },
        ...{ deployments, runtimes: new Map() },
    });
    assert.ok(plan.ok, JSON.stringify(plan));
    const question = { stack: "prod", root: PACKAGE_ROOT, pins: PINS, now: new Date("2026-07-01T00:00:00Z") };
    const { lost, added } = compareAgents(deployments, companions, await renderOrg(question, plan.org));
    return { lost: [...plan.lost, ...lost], added, agent: (plan.org["agents"] as Fields[])[0] ?? {} };
}

describe("a live agent beside the one that the program declares", function () {
    this.timeout(30_000);

    it("loses nothing where an org's file can say all of it", async () => {
        const { lost, added } = await compare({
            spec: {
                minReadySeconds: 5,
                strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } },
            },
            pod: {
                metadata: {
                    labels: { app: "agent-coder", team: "red" },
                    annotations: { note: "x", "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" },
                },
                terminationGracePeriodSeconds: 120,
                nodeSelector: { pool: "agents" },
                tolerations: [{ key: "agents", operator: "Exists", effect: "NoSchedule" }],
                priorityClassName: "agents",
                topologySpreadConstraints: [
                    {
                        maxSkew: 1,
                        topologyKey: "zone",
                        whenUnsatisfiable: "ScheduleAnyway",
                        labelSelector: { matchLabels: { app: "agent-coder" } },
                    },
                ],
                securityContext: { fsGroup: 2000 },
                volumes: [
                    { name: "tmp", emptyDir: {} },
                    { name: "rules", configMap: { name: "rules", defaultMode: 420 } },
                ],
            },
            container: {
                command: ["/agent"],
                args: ["--workspace", "/w"],
                workingDir: "/w",
                env: [
                    { name: "HOST", value: "acme" },
                    { name: "API", value: "http://$(HOST)/" },
                    { name: "KEY", valueFrom: { secretKeyRef: { name: "anthropic", key: "api-key" } } },
                ],
                envFrom: [{ secretRef: { name: "mcp" } }],
                ports: [{ containerPort: 8080, protocol: "TCP" }],
                lifecycle: { preStop: { exec: { command: ["/drain"] } } },
                securityContext: { runAsUser: 1001, readOnlyRootFilesystem: true },
                resources: { requests: { cpu: "250m" }, limits: { "nvidia.com/gpu": "1" } },
                readinessProbe: {
                    httpGet: { path: "/readyz", port: 8080, scheme: "HTTP" },
                    ...{ periodSeconds: 10, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 5 },
                },
                volumeMounts: [
                    { name: "tmp", mountPath: "/tmp" },
                    { name: "rules", mountPath: "/etc/rules", readOnly: true },
                ],
            },
        });
        assert.deepEqual(lost, []);
        assert.match(added.join("\n"), /new are .*"serviceAccountName"/);
    });

    for (const [what, parts, expected] of [
        [
            "another container",
            { pod: { containers: [{ name: "log", image: "x" }] } },
            /^agent "coder": container "log"$/,
        ],
        [
            "an init container",
            { pod: { initContainers: [{ name: "setup", image: "x" }] } },
            /: init container "setup"$/,
        ],
        [
            "a ServiceAccount",
            { pod: { serviceAccountName: "robot", serviceAccount: "robot" } },
            /"serviceAccountName": "robot" becomes "agent"$/,
        ],
        [
            "a pull secret",
            { pod: { imagePullSecrets: [{ name: "regcred" }] } },
            /: its pods' "imagePullSecrets.regcred.name"$/,
        ],
        ["root", { pod: { securityContext: { runAsUser: 0 } } }, /: its pods' "securityContext.runAsUser"$/],
        [
            "a directory of the node",
            {
                pod: { volumes: [{ name: "etc", hostPath: { path: "/etc", type: "" } }] },
                container: { volumeMounts: [{ name: "etc", mountPath: "/e" }] },
            },
            /: volume "etc"$/,
        ],
        [
            "somebody's claim",
            {
                pod: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-0" } }] },
                container: { volumeMounts: [{ name: "data", mountPath: "/d" }] },
            },
            /: volume "data" of the claim "data-0", which is not the program's to adopt$/,
        ],
        ["the node's network", { pod: { hostNetwork: true } }, /: its pods' "hostNetwork"$/],
        [
            "a handler after the start",
            { container: { lifecycle: { postStart: { exec: { command: ["x"] } } } } },
            /: its "lifecycle.postStart.exec"$/,
        ],
        ["a pause", { spec: { paused: true } }, /: its "paused"$/],
        [
            "a share of the strategy, where the number of pods is an autoscaler's",
            {
                spec: {
                    replicas: 7,
                    strategy: {
                        type: "RollingUpdate",
                        rollingUpdate: { maxUnavailable: "10%", maxSurge: "25%" },
                    },
                },
                companions: {
                    HorizontalPodAutoscaler: [
                        {
                            metadata: { name: "coder" },
                            spec: {
                                maxReplicas: 3,
                                scaleTargetRef: { kind: "Deployment", name: "agent-coder" },
                            },
                        },
                    ],
                },
            },
            /"strategy.rollingUpdate.maxUnavailable": "10%" becomes 0$/m,
        ],
        [
            "an autoscaler that goes higher than a file says",
            {
                companions: {
                    HorizontalPodAutoscaler: [
                        {
                            metadata: { name: "wide" },
                            spec: {
                                maxReplicas: 60,
                                scaleTargetRef: { kind: "Deployment", name: "agent-coder" },
                            },
                        },
                    ],
                },
            },
            /its HorizontalPodAutoscaler "wide": goes up to 60 pods, and an org's file says at most 50$/,
        ],
        [
            "a disruption budget of another name",
            {
                spec: { replicas: 2 },
                companions: {
                    PodDisruptionBudget: [
                        {
                            metadata: { name: "all" },
                            spec: { minAvailable: 1, selector: { matchLabels: { app: "agent-coder" } } },
                        },
                    ],
                },
            },
            /its PodDisruptionBudget "all": the program has one of its own, "agent-coder", and Kubernetes evicts no pod that two have/,
        ],
        [
            "a disruption budget of a share",
            {
                spec: { replicas: 2 },
                companions: {
                    PodDisruptionBudget: [
                        {
                            metadata: { name: "agent-coder" },
                            spec: { minAvailable: "50%", selector: { matchLabels: { app: "agent-coder" } } },
                        },
                    ],
                },
            },
            /^PodDisruptionBudget "agent-coder": its "spec.minAvailable"$/,
        ],
        [
            "a claim that was bound by hand",
            {
                pod: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-0" } }] },
                container: { volumeMounts: [{ name: "data", mountPath: "/d" }] },
                companions: {
                    PersistentVolumeClaim: [
                        {
                            metadata: { name: "data-0" },
                            spec: {
                                accessModes: ["ReadWriteOnce"],
                                resources: { requests: { storage: "1Gi" } },
                                volumeName: "chosen",
                            },
                        },
                    ],
                },
            },
            /: volume "data" of the claim "data-0", which is not the program's to adopt$/,
        ],
        [
            "a pull secret of its ServiceAccount",
            {
                pod: { serviceAccountName: "agent-coder" },
                companions: {
                    ServiceAccount: [
                        { metadata: { name: "agent-coder" }, imagePullSecrets: [{ name: "regcred" }] },
                    ],
                },
            },
            /^ServiceAccount "agent-coder": its "imagePullSecrets.regcred.name"$/,
        ],
        [
            "an annotation",
            { annotations: { "acme.example/owner": "ann" } },
            /: its annotation "acme.example\/owner"$/,
        ],
        ["a label", { labels: { team: "red" } }, /: its label "team"$/],
        [
            "a variable of the pod's own fields",
            {
                container: {
                    env: [
                        {
                            name: "POD",
                            valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } },
                        },
                    ],
                },
            },
            /: variable "POD"$/,
        ],
        [
            "a probe of another host",
            { container: { livenessProbe: { httpGet: { path: "/", port: 1, host: "elsewhere" } } } },
            /: its "livenessProbe.httpGet.host"/,
        ],
        [
            "a quantity of another form",
            { container: { resources: { requests: { memory: "1e9" } } } },
            /: its "resources.requests.memory"/,
        ],
        [
            "the order of two variables",
            {
                container: {
                    env: [
                        { name: "API", value: "$(HOST)" },
                        { name: "HOST", value: "x" },
                    ],
                },
            },
            /: variable "API", its reference \$\(HOST\)/,
        ],
        [
            "a field that is of no version yet",
            { pod: { brandNew: { deeply: true } } },
            /: its pods' "brandNew.deeply"$/,
        ],
    ] as const) {
        it(`loses ${what}, and says so`, async () => {
            const { lost } = await compare(parts);
            assert.match(lost.join("\n"), expected);
        });
    }

    it("counts a share of the strategy as the pods that it is now", async () => {
        const strategy = {
            type: "RollingUpdate",
            rollingUpdate: { maxUnavailable: "25%", maxSurge: "40%" },
        };
        const { lost, agent } = await compare({ spec: { replicas: 4, strategy } });
        assert.deepEqual(lost, []);
        assert.deepEqual(agent["strategy"], {
            type: "RollingUpdate",
            rollingUpdate: { maxUnavailable: 1, maxSurge: 2 },
        });
    });

    it("refuses an org that would fit its quota no more once a release rolls it, and says what to write", async () => {
        await assert.rejects(
            compare({ spec: { replicas: 40 } }),
            /orgs\/prod\/hand\.yaml: quota: its 1 agents? .*limits\.cpu/s,
        );
    });

    it("shows no value of a variable, an argument or an annotation", async () => {
        const { lost } = await compare({
            annotations: { note: "hunter2" },
            container: { env: [{ name: "A.B", value: "hunter2" }], command: ["hunter2\u0007"] },
        });
        assert.equal(lost.length, 3, lost.join("\n"));
        assert.doesNotMatch(lost.join("\n"), /hunter2/);
    });
});
