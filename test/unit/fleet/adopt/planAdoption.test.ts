import assert from "node:assert/strict";
import { NO_COMPANIONS } from "../../../../fleet/adopt/companions";
import { planAdoption, type AdoptionQuestion } from "../../../../fleet/adopt/planAdoption";
import { parseRuntimeImages } from "../../../../images/runtimeImages";
import { type DeploymentParts, image, rawDeployment } from "../../../support/liveObjects";

const PINS = parseRuntimeImages(
    { schemaVersion: 1, runtimes: { "claude-code": { image: image("2"), release: "v2" } } },
    "platform",
);

function plan(deployments: readonly DeploymentParts[], parts: Partial<AdoptionQuestion> = {}) {
    return planAdoption({
        slug: "hand",
        stack: "prod",
        displayName: "Hand & Sons",
        deployments: deployments.map((each) => rawDeployment({ org: "hand", managed: false, ...each })),
        guards: [],
        companions: NO_COMPANIONS,
        pins: PINS,
        runtimes: new Map(),
        ...parts,
    });
}

const LATEST = "ghcr.io/genbrain/claude-code:latest";

describe("planAdoption", () => {
    it("writes the org's file from what is live", () => {
        const answer = plan([
            {
                containers: [
                    {
                        name: "agent",
                        image: LATEST,
                        env: [
                            { name: "LOG_LEVEL", value: "debug" },
                            { name: "EMPTY" },
                            {
                                name: "KEY",
                                valueFrom: { secretKeyRef: { name: "anthropic", key: "api-key" } },
                            },
                        ],
                        resources: { requests: { cpu: "250m" }, limits: {} },
                        readinessProbe: {
                            httpGet: { path: "/readyz", port: 8080, scheme: "HTTP" },
                            periodSeconds: 10,
                            timeoutSeconds: 1,
                            successThreshold: 1,
                            failureThreshold: 5,
                        },
                    },
                ],
                spec: { replicas: 2 },
            },
        ]);
        // rawDeployment's own template is replaced by `containers`, its selector is kept.
        assert.ok(answer.ok, JSON.stringify(answer));
        assert.deepEqual(answer.org, {
            slug: "hand",
            displayName: "Hand & Sons",
            agents: [
                {
                    name: "coder",
                    runtime: "claude-code",
                    replicas: 2,
                    resources: { requests: { cpu: "250m" } },
                    env: { LOG_LEVEL: "debug", EMPTY: "" },
                    secretEnv: { KEY: { secret: "anthropic", key: "api-key" } },
                    probes: {
                        readiness: { httpGet: { path: "/readyz", port: 8080 }, failureThreshold: 5 },
                    },
                    adoptedSelector: { app: "agent-coder" },
                },
            ],
        });
        assert.deepEqual(answer.unsaid, []);
        assert.match(answer.changes.join("\n"), /agent "coder": its image, ".*:latest" -> ".*@sha256:2222/);
    });

    it("imports each object below the components and by the names that the program gives it", () => {
        const answer = plan([{ image: LATEST }], {
            guards: [
                { kind: "NetworkPolicy", name: "deny-all" },
                { kind: "ServiceAccount", name: "agent" },
            ],
        });
        assert.ok(answer.ok);
        assert.deepEqual(
            answer.importFile.resources.map(({ type, logicalName, id }) => [type, logicalName, id]),
            [
                ["customer-orgs:index:CustomerOrg", "hand", undefined],
                ["kubernetes:core/v1:Namespace", "hand", "org-hand"],
                ["customer-orgs:index:Agent", "hand.coder", undefined],
                ["kubernetes:apps/v1:Deployment", "hand.coder", "org-hand/agent-coder"],
                ["kubernetes:networking.k8s.io/v1:NetworkPolicy", "hand-deny-all", "org-hand/deny-all"],
                ["kubernetes:core/v1:ServiceAccount", "hand", "org-hand/agent"],
            ],
        );
        const names = answer.importFile.resources.map(({ name }) => name);
        assert.equal(new Set(names).size, names.length, "names are unique in an import file");
    });

    it("carries over what the Deployment says of its pods, in the file's own words", () => {
        const rolled = { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z", note: "x" };
        const answer = plan([
            {
                spec: {
                    minReadySeconds: 5,
                    progressDeadlineSeconds: 600,
                    strategy: { type: "Recreate" },
                    template: {
                        metadata: { annotations: rolled },
                        spec: {
                            terminationGracePeriodSeconds: 120,
                            nodeSelector: { pool: "agents" },
                            tolerations: [{ key: "agents", operator: "Exists", effect: "NoSchedule" }],
                            runtimeClassName: "gvisor",
                            securityContext: { runAsUser: 1000, fsGroup: 2000 },
                            volumes: [
                                { name: "tmp", emptyDir: {} },
                                { name: "rules", configMap: { name: "rules", defaultMode: 420 } },
                            ],
                            containers: [
                                {
                                    name: "agent",
                                    image: LATEST,
                                    args: ["--workspace", "/w"],
                                    envFrom: [{ secretRef: { name: "mcp" } }],
                                    ports: [{ containerPort: 8080, protocol: "TCP" }],
                                    lifecycle: { preStop: { exec: { command: ["/drain"] } } },
                                    securityContext: { runAsUser: 1001, readOnlyRootFilesystem: true },
                                    resources: { limits: { "nvidia.com/gpu": "1" } },
                                    volumeMounts: [
                                        { name: "tmp", mountPath: "/tmp" },
                                        { name: "rules", mountPath: "/etc/rules", readOnly: true },
                                    ],
                                },
                            ],
                        },
                    },
                },
            },
        ]);
        assert.ok(answer.ok);
        assert.deepEqual(answer.unsaid, []);
        const [first] = answer.org["agents"] as Record<string, unknown>[];
        const { name, runtime, adoptedSelector, ...agent } = first ?? {};
        assert.deepEqual([name, runtime, adoptedSelector], ["coder", "claude-code", { app: "agent-coder" }]);
        assert.deepEqual(agent, {
            replicas: 1,
            minReadySeconds: 5,
            strategy: { type: "Recreate" },
            terminationGracePeriodSeconds: 120,
            nodeSelector: { pool: "agents" },
            tolerations: [{ key: "agents", operator: "Exists", effect: "NoSchedule" }],
            runtimeClassName: "gvisor",
            securityContext: { runAsUser: 1001, fsGroup: 2000, readOnlyRootFilesystem: true },
            args: ["--workspace", "/w"],
            envFrom: [{ secretRef: { name: "mcp" } }],
            ports: [{ containerPort: 8080 }],
            preStop: { exec: { command: ["/drain"] } },
            podAnnotations: { note: "x" },
            resources: { limits: { "nvidia.com/gpu": "1" } },
            volumes: {
                tmp: { mountPath: "/tmp", emptyDir: {} },
                rules: { mountPath: "/etc/rules", readOnly: true, configMap: { name: "rules" } },
            },
        });
    });

    it("carries over what stands beside the Deployment: claim, budget, autoscaler, ServiceAccount and sidecars", () => {
        const sidecar = {
            name: "proxy",
            image: `ghcr.io/genbrain/proxy@sha256:${"7".repeat(64)}`,
            args: ["--listen"],
            env: [{ name: "LEVEL", value: "info" }],
            resources: { limits: { cpu: "100m" } },
            volumeMounts: [{ name: "data", mountPath: "/data", readOnly: true }],
        };
        const { data, ...alone } = {
            data: { persistentVolumeClaim: { claimName: "coder-data" } },
            app: "agent-coder",
        };
        const companions = {
            PersistentVolumeClaim: [
                {
                    metadata: {
                        name: "coder-data",
                        annotations: { "pv.kubernetes.io/bound-by-controller": "yes" },
                    },
                    spec: {
                        accessModes: ["ReadWriteMany"],
                        resources: { requests: { storage: "10Gi" } },
                        storageClassName: "fast",
                        volumeMode: "Filesystem",
                        volumeName: "pvc-1",
                    },
                },
            ],
            PodDisruptionBudget: [
                {
                    metadata: { name: "agent-coder" },
                    spec: { maxUnavailable: 2, selector: { matchLabels: alone } },
                },
            ],
            HorizontalPodAutoscaler: [
                {
                    metadata: { name: "scales" },
                    spec: { maxReplicas: 6, scaleTargetRef: { kind: "Deployment", name: "agent-coder" } },
                },
            ],
            ServiceAccount: [
                { metadata: { name: "agent", annotations: { "cloud.example/role": "org" } } },
                { metadata: { name: "agent-coder", annotations: { "cloud.example/role": "coder" } } },
            ],
        };
        const answer = plan(
            [
                {
                    spec: {
                        replicas: 3,
                        template: {
                            metadata: { labels: { ...alone, team: "red" } },
                            spec: {
                                serviceAccountName: "agent-coder",
                                volumes: [{ name: "data", ...data }],
                                containers: [
                                    {
                                        name: "agent",
                                        image: LATEST,
                                        volumeMounts: [{ name: "data", mountPath: "/var/lib/agent" }],
                                    },
                                    sidecar,
                                    // Its credential belongs into a Secret; with it, it cannot be said.
                                    {
                                        ...sidecar,
                                        name: "log",
                                        env: [{ name: "API_TOKEN", value: "s3cret" }],
                                    },
                                ],
                            },
                        },
                    },
                },
            ],
            { companions },
        );
        assert.ok(answer.ok, JSON.stringify(answer));
        assert.deepEqual(answer.lost, []);
        assert.match(
            answer.unsaid.join("\n"),
            /^agent "coder": container "log": variable "API_TOKEN": [^\n]*$/,
        );
        assert.doesNotMatch(JSON.stringify(answer), /s3cret/);
        const { agents, ...org } = answer.org;
        assert.deepEqual(org["serviceAccountAnnotations"], { "cloud.example/role": "org" });
        assert.deepEqual(agents, [
            {
                name: "coder",
                runtime: "claude-code",
                podLabels: { team: "red" },
                autoscaler: { maxReplicas: 6 },
                podDisruptionBudget: { maxUnavailable: 2 },
                serviceAccountAnnotations: { "cloud.example/role": "coder" },
                volumes: {
                    data: {
                        mountPath: "/var/lib/agent",
                        claim: {
                            size: "10Gi",
                            storageClass: "fast",
                            accessMode: "ReadWriteMany",
                            name: "coder-data",
                        },
                    },
                },
                sidecars: {
                    proxy: {
                        image: sidecar.image,
                        args: ["--listen"],
                        env: { LEVEL: "info" },
                        resources: { limits: { cpu: "100m" } },
                        volumeMounts: [{ name: "data", mountPath: "/data", readOnly: true }],
                    },
                },
                adoptedSelector: { app: "agent-coder" },
            },
        ]);
        assert.deepEqual(
            answer.importFile.resources
                .slice(4)
                .map(({ type, logicalName, id, parent }) => [type, logicalName, id, parent]),
            [
                ["kubernetes:core/v1:ServiceAccount", "hand.coder", "org-hand/agent-coder", "agent0"],
                ["kubernetes:policy/v1:PodDisruptionBudget", "hand.coder", "org-hand/agent-coder", "agent0"],
                ["kubernetes:core/v1:PersistentVolumeClaim", "hand.coder-data", "org-hand/coder-data", "org"],
            ],
        );
    });

    it("writes an org without agents in so many words", () => {
        const answer = plan([]);
        assert.ok(answer.ok);
        assert.equal(answer.org["agents"], "none");
    });

    it("writes no credential down, by its name or by its value, and says where it belongs", () => {
        const env = [
            { name: "API_TOKEN", value: "s3cret" },
            { name: "DATABASE_URL", value: "postgres://app:s3cret@db/main" },
            { name: "LOG_LEVEL", value: "debug" },
        ];
        const answer = plan([
            { containers: [{ name: "agent", image: LATEST, env, args: ["--token=s3cret"] }] },
        ]);
        assert.ok(answer.ok);
        assert.match(
            answer.unsaid[0] ?? "",
            /^agent "coder": variable "API_TOKEN": this name says credential.*"secretEnv"$/,
        );
        assert.match(
            answer.unsaid[1] ?? "",
            /^agent "coder": variable "DATABASE_URL": .* URL with a password/,
        );
        assert.match(
            answer.unsaid[2] ?? "",
            /^agent "coder": its "args": this value looks like a credential/,
        );
        assert.doesNotMatch(JSON.stringify(answer), /s3cret/);
        const [agent] = answer.org["agents"] as { env?: unknown; args?: unknown }[];
        assert.deepEqual([agent?.env, agent?.args], [{ LOG_LEVEL: "debug" }, undefined]);
    });

    it("keeps what the org's file says besides its agents, and an agent's override", () => {
        const override = { image: image("1"), owner: "ann", reason: "waits", expires: "2026-12-31" };
        const before = {
            ...{ slug: "hand", displayName: "Hand & Sons", quota: { pods: "30" } },
            imageOverrides: { "claude-code": override },
            agents: [{ name: "coder", runtime: "claude-code", imageOverride: override }],
        };
        const answer = plan([{ image: LATEST }], { before, displayName: "hand" });
        assert.ok(answer.ok, JSON.stringify(answer));
        const { agents, ...rest } = answer.org;
        assert.deepEqual({ ...rest, agents: before.agents }, before);
        assert.deepEqual((agents as { imageOverride?: unknown }[])[0]?.imageOverride, override);
    });

    it("reports all problems together, and each with its way out", () => {
        const answer = plan([
            { name: "agent-one", image: "agent:latest" },
            { name: "agent-two", containers: [{ name: "web", image: "nginx" }] },
            {
                name: "agent-three",
                image: LATEST,
                spec: { selector: { matchExpressions: [{ key: "a", operator: "Exists" }] } },
            },
        ]);
        assert.ok(!answer.ok);
        assert.equal(answer.problems.length, 3, answer.problems.join("\n"));
        assert.match(answer.problems.join("\n"), /--runtime one=<one of "claude-code">/);
    });

    it("takes the operator's word for a runtime, the agent's own before that for all", () => {
        const answer = plan([{ image: "agent:latest" }], { runtimes: new Map([["coder", "claude-code"]]) });
        assert.ok(answer.ok);
        const all = plan([{ image: "agent:latest" }], { runtime: "claude-code" });
        assert.ok(all.ok);
        const unknown = plan([{ image: "agent:latest" }], { runtime: "codex" });
        assert.ok(!unknown.ok);
        assert.match(unknown.problems[0] ?? "", /"codex" has no pin/);
    });
});
