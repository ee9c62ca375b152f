import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { renderOrg } from "../../../engine/renderOrg";
import { compareAgents } from "../../../fleet/adopt/compareAgents";
import { diffDeployment } from "../../../fleet/adopt/diffDeployment";
import { planAdoption } from "../../../fleet/adopt/planAdoption";
import { readLiveOrg } from "../../../fleet/adopt/readLiveOrg";
import { parseRuntimeImages } from "../../../images/runtimeImages";
import { readClusterIdentity } from "../../../kube/clusterIdentity";
import { type KubeClient, createKubeClient } from "../../../kube/kubeClient";
import { image } from "../../support/liveObjects";
import { useCluster } from "../../support/sharedCluster";

const SLUG = `adopted-${process.pid}`;
const NAMESPACE = `org-${SLUG}`;
const PINS = parseRuntimeImages(
    { schemaVersion: 1, runtimes: { "claude-code": { image: image("2"), release: "v2" } } },
    "platform",
);

const claim = (name: string, accessMode: string) => ({
    metadata: { name },
    spec: {
        accessModes: [accessMode],
        resources: { requests: { storage: "1Gi" } },
        storageClassName: "by-hand",
    },
});
const volume = (claimName: string) => ({ name: "state", persistentVolumeClaim: { claimName } });
const STATE = { name: "state", mountPath: "/var/lib/agent" };

/** An agent that says every word that may stand beside a claim that several pods have. */
const CODER = {
    metadata: { name: "agent-coder", labels: { app: "agent-coder" } },
    spec: {
        replicas: 3,
        minReadySeconds: 3,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } },
        selector: { matchLabels: { app: "agent-coder" } },
        template: {
            metadata: {
                labels: { app: "agent-coder", team: "red" },
                annotations: { "example.com/scrape": "true" },
            },
            spec: {
                serviceAccountName: "agent-coder",
                terminationGracePeriodSeconds: 120,
                nodeSelector: { pool: "agents" },
                tolerations: [{ key: "agents", operator: "Exists", effect: "NoSchedule" }],
                affinity: {
                    nodeAffinity: {
                        preferredDuringSchedulingIgnoredDuringExecution: [
                            {
                                weight: 10,
                                preference: {
                                    matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }],
                                },
                            },
                        ],
                    },
                },
                topologySpreadConstraints: [
                    {
                        maxSkew: 1,
                        topologyKey: "topology.kubernetes.io/zone",
                        whenUnsatisfiable: "ScheduleAnyway",
                        labelSelector: { matchLabels: { app: "agent-coder" } },
                    },
                ],
                securityContext: { fsGroup: 2000 },
                volumes: [
                    volume("shared-state"),
                    { name: "tmp", emptyDir: {} },
                    { name: "rules", configMap: { name: "rules" } },
                ],
                containers: [
                    {
                        name: "agent",
                        image: "ghcr.io/genbrain/claude-code:latest",
                        command: ["/agent"],
                        args: ["--workspace", "/w"],
                        workingDir: "/w",
                        ports: [{ name: "http", containerPort: 8080 }],
                        env: [
                            { name: "HOST", value: "acme" },
                            { name: "API", value: "http://$(HOST)/" },
                            {
                                name: "KEY",
                                valueFrom: { secretKeyRef: { name: "anthropic", key: "api-key" } },
                            },
                        ],
                        envFrom: [{ secretRef: { name: "mcp" } }],
                        lifecycle: { preStop: { exec: { command: ["/drain"] } } },
                        securityContext: { runAsUser: 1001, readOnlyRootFilesystem: true },
                        resources: {
                            requests: { cpu: "100m", memory: "128Mi" },
                            limits: { cpu: "1", memory: "256Mi" },
                        },
                        readinessProbe: { httpGet: { path: "/readyz", port: "http" }, failureThreshold: 5 },
                        volumeMounts: [
                            STATE,
                            { name: "tmp", mountPath: "/tmp" },
                            { name: "rules", mountPath: "/etc/rules", readOnly: true },
                        ],
                    },
                    {
                        name: "proxy",
                        image: `ghcr.io/genbrain/proxy@sha256:${"7".repeat(64)}`,
                        args: ["--listen"],
                        env: [{ name: "LEVEL", value: "info" }],
                        ports: [{ containerPort: 9090, protocol: "UDP" }],
                        resources: { limits: { cpu: "100m", memory: "64Mi" } },
                        livenessProbe: { tcpSocket: { port: 9090 } },
                        volumeMounts: [{ name: "tmp", mountPath: "/cache" }],
                    },
                ],
            },
        },
    },
};

/** A singleton, whose claim one pod at a time can have. */
const KEEPER = {
    metadata: { name: "agent-keeper", labels: { app: "agent-keeper" } },
    spec: {
        strategy: { type: "Recreate" },
        selector: { matchLabels: { app: "agent-keeper" } },
        template: {
            metadata: { labels: { app: "agent-keeper" } },
            spec: {
                serviceAccountName: "agent",
                volumes: [volume("keeper-state")],
                containers: [
                    { name: "agent", image: "ghcr.io/genbrain/claude-code:latest", volumeMounts: [STATE] },
                ],
            },
        },
    },
};

describe("an org that was made by hand, on a real API server", function () {
    this.timeout(60_000);
    const cluster = useCluster();
    const project = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-adopt-"));
    let client: KubeClient;

    const deployments = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
    const post = (path_: string, body: unknown, dryRun?: "All") =>
        client.request({ method: "POST", path: path_, body, query: { dryRun } });
    const core = (kind: string) => `/api/v1/namespaces/${NAMESPACE}/${kind}`;

    before(async () => {
        client = createKubeClient(cluster().kubeConfig);
        fs.writeFileSync(path.join(project, "Pulumi.yaml"), "name: customer-orgs\nruntime: nodejs\n");
        const config = {
            "customer-orgs:referenceStack": "organization/platform/test",
            "customer-orgs:orgs": "orgs",
            "customer-orgs:kubeContext": cluster().context,
            "customer-orgs:kubeconfig": cluster().kubeconfigPath,
            "customer-orgs:sidecarRepositories": ["ghcr.io/genbrain"],
        };
        fs.writeFileSync(path.join(project, "Pulumi.hand.yaml"), stringify({ config }));
        await post("/api/v1/namespaces", { metadata: { name: NAMESPACE } });
        const role = (name: string) => ({ "cloud.example/role": name });
        await post(core("serviceaccounts"), { metadata: { name: "agent", annotations: role("org") } });
        await post(core("serviceaccounts"), {
            metadata: { name: "agent-coder", annotations: role("coder") },
        });
        await post(core("persistentvolumeclaims"), claim("shared-state", "ReadWriteMany"));
        await post(core("persistentvolumeclaims"), claim("keeper-state", "ReadWriteOnce"));
        await post(`/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets`, {
            metadata: { name: "agent-coder" },
            spec: { minAvailable: 2, selector: { matchLabels: { app: "agent-coder" } } },
        });
        await post(`/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`, {
            metadata: { name: "coder" },
            spec: {
                maxReplicas: 5,
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "agent-coder" },
                metrics: [
                    {
                        type: "Resource",
                        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
                    },
                ],
            },
        });
        await post(deployments, CODER);
        await post(deployments, KEEPER);
    });
    after(async () => {
        fs.rmSync(project, { recursive: true });
        if ((client as KubeClient | undefined) === undefined) {
            return; // Skipped before it began.
        }
        await cluster().kubeConfig.makeApiClient(CoreV1Api).deleteNamespace({ name: NAMESPACE });
        client.close();
    });

    /** What `fleet adopt` would write, and what the program declares by it. */
    async function adopt() {
        const live = await readLiveOrg(
            {
                ...{ project, stack: "hand" },
                config: { kubeContext: cluster().context, kubeconfig: cluster().kubeconfigPath },
                state: { outputs: {}, clusterUid: await readClusterIdentity(client) },
            },
            SLUG,
        );
        const plan = planAdoption({
            ...{
                slug: SLUG,
                stack: "hand",
                displayName: "By hand",
                pins: PINS,
                runtimes: new Map(),
                ...live,
            },
        });
        assert.ok(plan.ok, JSON.stringify(plan));
        const declared = await renderOrg(
            { stack: "hand", root: project, pins: PINS, now: new Date() },
            plan.org,
        );
        return { live, plan, declared, ...compareAgents(live.deployments, live.companions, declared) };
    }

    it("loses nothing that an org's file can say: claims, budgets, autoscalers, identities, sidecars, how it rolls", async () => {
        const { plan, lost } = await adopt();
        assert.deepEqual([plan.unsaid, plan.lost, lost], [[], [], []]);
        const [coder, keeper] = plan.org["agents"] as Record<string, unknown>[];
        assert.deepEqual(coder?.["autoscaler"], { maxReplicas: 5 });
        assert.equal(coder["replicas"], undefined);
        assert.deepEqual(coder["podDisruptionBudget"], { minAvailable: 2 });
        assert.deepEqual(keeper?.["volumes"], {
            state: {
                mountPath: "/var/lib/agent",
                claim: { size: "1Gi", storageClass: "by-hand", name: "keeper-state" },
            },
        });
        assert.deepEqual(
            plan.importFile.resources.flatMap(({ id }) => id ?? []).sort(),
            [
                "agent",
                "agent-coder",
                "agent-coder",
                "agent-coder",
                "agent-keeper",
                "keeper-state",
                "shared-state",
            ]
                .map((name) => `${NAMESPACE}/${name}`)
                .concat(NAMESPACE)
                .sort(),
        );
    });

    it("has in every field the template that the API server makes of what the program declares", async () => {
        const { live, declared } = await adopt();
        for (const before of live.deployments) {
            const { name } = (before as { metadata: { name: string } }).metadata;
            const own = declared.find((each) => each.kind === "Deployment" && each.metadata.name === name);
            assert.ok(own !== undefined);
            // Under another name, and kept nowhere: what it makes of the words alone.
            const metadata = { ...own.metadata, name: `${name}-anew` };
            const made = (await post(deployments, { ...own, metadata }, "All")) as { spec: object };
            const replicas = (own as { spec?: { replicas?: number } }).spec?.replicas;
            const { lost } = diffDeployment(before, { ...made, spec: { ...made.spec, replicas } });
            assert.deepEqual(lost, []);
        }
    });

    it("names what an org's file cannot say beside a Deployment", async () => {
        await post(`/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets`, {
            metadata: { name: "everybody" },
            spec: { maxUnavailable: "50%", selector: {} },
        });
        await post(`/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets`, {
            metadata: { name: "reds" },
            spec: {
                maxUnavailable: "50%",
                selector: { matchExpressions: [{ key: "team", operator: "In", values: ["red"] }] },
            },
        });
        const { plan } = await adopt();
        assert.deepEqual(
            plan.lost.map((line) => /^agent "(\w+)": its PodDisruptionBudget "(\w+)"/.exec(line)?.slice(1)),
            [
                ["coder", "everybody"],
                ["coder", "reds"],
            ],
        );
    });
});
