import assert from "node:assert/strict";
import { stackLayers } from "../../../../config/agent/agentLayers";
import { judgeAdoption } from "../../../../fleet/adopt/judgeAdoption";
import { planAdoption, type AdoptionQuestion } from "../../../../fleet/adopt/planAdoption";
import type { ResourceChange } from "../../../../engine/resourceChange";
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
        stackSays: { layers: stackLayers([]), quota: {}, orgs: "orgs/prod" },
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
        const { name, runtime, adoptedSelector, ...agent } = answer.org.agents[0] ?? {};
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

    it("lists what has another form than its word takes: root, a directory of the node, somebody's claim", () => {
        const answer = plan([
            {
                spec: {
                    template: {
                        spec: {
                            hostNetwork: true,
                            securityContext: { runAsUser: 0 },
                            volumes: [
                                { name: "etc", hostPath: { path: "/etc" } },
                                { name: "data", persistentVolumeClaim: { claimName: "data-0" } },
                            ],
                            containers: [
                                {
                                    name: "agent",
                                    image: LATEST,
                                    lifecycle: { postStart: { exec: { command: ["x"] } } },
                                    volumeMounts: [
                                        { name: "etc", mountPath: "/e" },
                                        { name: "data", mountPath: "/d" },
                                    ],
                                },
                            ],
                        },
                    },
                },
            },
        ]);
        assert.ok(answer.ok);
        assert.deepEqual(answer.unsaid, [
            'agent "coder": volume "etc"',
            'agent "coder": volume "data" of the claim "data-0", which is not the program\'s to adopt',
            'agent "coder": its "securityContext", which an org\'s file cannot say as it is',
            'agent "coder": its "postStart" handler',
            'agent "coder": its "hostNetwork"',
        ]);
    });

    it("refuses an org that would fit its quota no more once a release rolls it, and says what to write", () => {
        const many = Array.from({ length: 9 }, (_, index) => ({ name: `agent-a${index}` }));
        const answer = plan(many, { runtime: "claude-code" });
        assert.ok(!answer.ok);
        assert.match(
            answer.problems.join("\n"),
            /^orgs\/prod\/hand\.yaml: quota: its 9 agents .*limits\.cpu: "18"/m,
        );
        const more = { layers: stackLayers([]), quota: { "limits.cpu": "18" }, orgs: "orgs/prod" };
        assert.ok(plan(many, { runtime: "claude-code", stackSays: more }).ok);
    });

    it("writes an org without agents in so many words", () => {
        const answer = plan([]);
        assert.ok(answer.ok);
        assert.deepEqual(answer.org.agents, []);
    });

    it("lists what the file cannot say: another container, a volume, a credential in plain text", () => {
        const answer = plan([
            {
                containers: [
                    {
                        name: "agent",
                        image: LATEST,
                        env: [
                            { name: "API_TOKEN", value: "s3cret" },
                            { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                        ],
                        livenessProbe: { httpGet: { path: "/", port: 1, host: "elsewhere" } },
                        resources: { requests: { memory: "1e9" } },
                    },
                    { name: "sidecar", image: "x" },
                ],
            },
        ]);
        assert.ok(answer.ok);
        const text = answer.unsaid.join("\n");
        for (const part of ['"sidecar"', '"API_TOKEN"', '"POD"', "liveness probe", "requests and limits"]) {
            assert.ok(text.includes(part), `${part} in ${text}`);
        }
        assert.doesNotMatch(JSON.stringify(answer), /s3cret/, "a credential is not written down");
        assert.equal(answer.org.agents[0]?.resources, undefined);
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

describe("judgeAdoption", () => {
    const change = (parts: Partial<ResourceChange>): ResourceChange => ({
        urn: "urn",
        kind: "Deployment",
        operation: "update",
        namespace: "org-hand",
        name: "agent-coder",
        org: "hand",
        agent: "coder",
        image: undefined,
        paths: ["spec"],
        ...parts,
    });

    it("allows updates in place and new guards", () => {
        const verdict = judgeAdoption("hand", [
            change({}),
            change({ kind: "Namespace", name: "org-hand", namespace: undefined }),
            change({ kind: "NetworkPolicy", operation: "create", name: "deny-all" }),
            change({ org: "other" }),
        ]);
        assert.deepEqual(verdict.forbidden, []);
        assert.equal(verdict.changes.length, 3);
        assert.equal(verdict.elsewhere, 1);
    });

    it("names the fields that change by their first two steps, each once", () => {
        const paths = [
            "metadata.labels.app",
            'metadata.labels["app.kubernetes.io/name"]',
            "spec.template.spec.containers[0].image",
            "spec.template.metadata.labels.app",
            "data",
        ];
        const { changes } = judgeAdoption("hand", [change({ paths })]);
        assert.deepEqual(changes, [
            'update Deployment "org-hand/agent-coder" (metadata.labels, spec.template, data)',
        ]);
    });

    for (const parts of [
        { operation: "replace" },
        { operation: "delete" },
        { operation: "create" },
        { operation: "create", kind: "Namespace" },
        { operation: "delete", kind: "NetworkPolicy" },
    ] as Partial<ResourceChange>[]) {
        it(`forbids to ${parts.operation ?? ""} a ${parts.kind ?? "Deployment"} of the org`, () => {
            assert.equal(judgeAdoption("hand", [change(parts)]).forbidden.length, 1);
        });
    }
});
