import {
    AppsV1Api,
    CoreV1Api,
    KubeConfig,
    KubernetesObjectApi,
    PatchStrategy,
    V1EphemeralContainer,
    V1ScaleSpec,
} from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { managedLabels } from "../../../components/objectMetadata";
import { POD_SECURITY_LABELS, declareTenantGuards } from "../../../components/tenantGuards";
import { networkSchema } from "../../../config/network";
import { tenancyPolicies } from "../../../platform/tenancyPolicies";
import { declareAgent } from "../../support/declareAgent";
import { declareResources } from "../../support/declareResources";
import { useCluster } from "../../support/sharedCluster";
import { until } from "../../support/until";
import { useNamespace } from "../../support/useNamespace";

const SLUG = `tenancy-${process.pid}`;
const DIGEST = `ghcr.io/acme/tool@sha256:${"a".repeat(64)}`;

interface Named {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace?: string };
    [field: string]: unknown;
}

/** The checks of the Kubernetes multi-tenancy benchmark, each tried by a tenant's admin against one admitted positive control. */
describe("what a tenant's admin may do in its namespace, on a real API server", function () {
    this.timeout(90_000);
    const cluster = useCluster();
    const namespace = useNamespace(cluster, "org-tenancy", {
        ...managedLabels("customer-org", SLUG),
        ...POD_SECURITY_LABELS,
    });
    const other = useNamespace(cluster, "org-other");
    const policies = tenancyPolicies({
        coreNamespace: "agents",
        users: ["deployer"],
        groups: [],
        breakGlassGroup: "system:masters",
        validationActions: ["Deny"],
    });
    let admin: KubernetesObjectApi;
    let tenant: KubernetesObjectApi;

    /** The administrator's way in, or as somebody else. */
    const configOf = (user?: string) => {
        const { kubeConfig } = cluster();
        const current = kubeConfig.getCurrentUser();
        assert.ok(current !== null);
        const config = new KubeConfig();
        config.loadFromOptions({
            clusters: kubeConfig.getClusters(),
            users: [{ ...current, ...(user === undefined ? {} : { impersonateUser: user }) }],
            contexts: [{ name: "c", cluster: kubeConfig.getCurrentCluster()?.name, user: current.name }],
            currentContext: "c",
        });
        return config;
    };
    const object = (apiVersion: string, kind: string, name: string, fields: object = {}): Named => ({
        apiVersion,
        kind,
        metadata: { name, namespace },
        ...fields,
    });
    const tryOut = (what: Named) => tenant.create(what, undefined, "All");
    const refusedBy = (pattern: RegExp) => (error: unknown) => {
        assert.match(String(error), pattern);
        return true;
    };

    before("a tenant with the platform's guards and one agent", async () => {
        admin = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        tenant = KubernetesObjectApi.makeApiClient(configOf("tenant-admin"));
        const guards = await declareResources(() =>
            declareTenantGuards(
                { org: SLUG, namespace, network: networkSchema.parse(undefined), runtimes: [] },
                new pulumi.ComponentResource("test:index:Org", "x"),
            ),
        );
        const agent = await declareAgent({ namespace, org: SLUG });
        for (const { type, inputs } of [...guards.resources, ...agent.resources]) {
            if (type.startsWith("kubernetes:")) {
                // As the program does it: it owns what it declares.
                const plain = JSON.parse(JSON.stringify(inputs)) as { kind: string };
                await admin.patch(plain, undefined, undefined, "test", true, PatchStrategy.ServerSideApply);
            }
        }
        await admin.create(
            object("rbac.authorization.k8s.io/v1", "RoleBinding", "tenant", {
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" },
                subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "tenant-admin" }],
            }),
        );
        // More than the role "admin" has, as a cluster's owner may give it to let tenants debug.
        await admin.create(
            object("rbac.authorization.k8s.io/v1", "Role", "debug", {
                rules: [{ apiGroups: [""], resources: ["pods/ephemeralcontainers"], verbs: ["update"] }],
            }),
        );
        await admin.create(
            object("rbac.authorization.k8s.io/v1", "RoleBinding", "debug", {
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "debug" },
                subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "tenant-admin" }],
            }),
        );
        for (const { policy, binding } of policies) {
            await admin.create({ ...policy });
            await admin.create({ ...binding });
        }
        await until("the policies are in force", async () => {
            const pod = podWith({}, { imagePullPolicy: "Never" });
            const own = object("networking.k8s.io/v1", "NetworkPolicy", "deny-all");
            const both = [tryOut(pod), tenant.delete(own as { kind: string }, undefined, "All")].map(
                (request) =>
                    request.then(
                        () => false,
                        (error: unknown) => /ValidatingAdmissionPolicy/.test(String(error)),
                    ),
            );
            return (await Promise.all(both)).every(Boolean) ? true : undefined;
        });
    });

    after("the policies are taken away", async () => {
        for (const { policy, binding } of policies) {
            await admin.delete({ ...binding });
            await admin.delete({ ...policy });
        }
    });

    /** A pod that is compliant but for what is given. */
    function podWith(spec: object, container: object = {}): Named {
        return object("v1", "Pod", "probe", {
            spec: {
                automountServiceAccountToken: false,
                securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
                containers: [
                    {
                        name: "c",
                        image: DIGEST,
                        resources: { limits: { cpu: "100m", memory: "64Mi", "ephemeral-storage": "64Mi" } },
                        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                        ...container,
                    },
                ],
                ...spec,
            },
        });
    }
    const secured = (more: object) => ({
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, ...more },
    });

    it("admits the positive controls: a compliant pod, a ConfigMap, a Role, a network policy and a Deployment of the tenant's own", async () => {
        await tryOut(podWith({}));
        await tryOut(podWith({}, { image: "ghcr.io/acme/tool:v1", imagePullPolicy: "Always" }));
        await tryOut(object("v1", "ConfigMap", "own", { data: {} }));
        await tryOut(
            object("rbac.authorization.k8s.io/v1", "Role", "own", {
                rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
            }),
        );
        await tryOut(
            object("networking.k8s.io/v1", "NetworkPolicy", "own", {
                spec: { podSelector: {}, policyTypes: ["Ingress"] },
            }),
        );
        await tryOut(
            object("apps/v1", "Deployment", "own", {
                spec: {
                    selector: { matchLabels: { app: "own" } },
                    template: {
                        metadata: { labels: { app: "own" } },
                        spec: (podWith({}) as unknown as { spec: object }).spec,
                    },
                },
            }),
        );
    });

    const pods: readonly (readonly [string, () => Named, RegExp])[] = [
        [
            "a privileged container",
            () => podWith({}, secured({ privileged: true, allowPrivilegeEscalation: true })),
            /PodSecurity/,
        ],
        [
            "privilege escalation",
            () => podWith({}, secured({ allowPrivilegeEscalation: true })),
            /PodSecurity/,
        ],
        [
            "an added capability",
            () => podWith({}, secured({ capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] } })),
            /PodSecurity/,
        ],
        [
            "a container that may be root",
            () => podWith({ securityContext: { seccompProfile: { type: "RuntimeDefault" } } }),
            /PodSecurity/,
        ],
        ["the node's network", () => podWith({ hostNetwork: true }), /PodSecurity/],
        ["the node's processes", () => podWith({ hostPID: true }), /PodSecurity/],
        ["the node's IPC", () => podWith({ hostIPC: true }), /PodSecurity/],
        [
            "a port of the node",
            () => podWith({}, { ports: [{ containerPort: 80, hostPort: 80 }] }),
            /PodSecurity/,
        ],
        [
            "a directory of the node",
            () => podWith({ volumes: [{ name: "v", hostPath: { path: "/etc" } }] }),
            /PodSecurity/,
        ],
        [
            "an unconfined seccomp profile",
            () => podWith({}, secured({ seccompProfile: { type: "Unconfined" } })),
            /PodSecurity/,
        ],
        [
            "an image of the node's cache",
            () => podWith({}, { imagePullPolicy: "Never" }),
            /imagePullPolicy: Never/,
        ],
        [
            "a tag of the node's cache",
            () => podWith({}, { image: "ghcr.io/acme/tool:v1", imagePullPolicy: "IfNotPresent" }),
            /IfNotPresent takes whatever/,
        ],
    ];
    for (const [what, pod, message] of pods) {
        it(`refuses a pod with ${what}`, async () => {
            await assert.rejects(tryOut(pod()), refusedBy(message));
        });
    }

    it("refuses a Service that opens a port of the nodes", async () => {
        const service = object("v1", "Service", "open", {
            spec: { type: "NodePort", ports: [{ port: 80 }] },
        });
        await until("the quota is counted", async () => {
            const quota = (await admin.read(object("v1", "ResourceQuota", "org-quota"))) as {
                status?: { used?: object };
            };
            return quota.status?.used === undefined ? undefined : true;
        });
        await assert.rejects(tryOut(service), refusedBy(/exceeded quota: org-quota/));
    });

    it("refuses what is the cluster's, and another tenant's", async () => {
        await assert.rejects(tenant.list("v1", "Node"), refusedBy(/forbidden/));
        await assert.rejects(tenant.list("v1", "PersistentVolume"), refusedBy(/forbidden/));
        await assert.rejects(tenant.list("v1", "Secret", other), refusedBy(/forbidden/));
        const elsewhere = podWith({});
        elsewhere.metadata.namespace = other;
        await assert.rejects(tryOut(elsewhere), refusedBy(/forbidden/));
    });

    const own: readonly (readonly [string, string, string])[] = [
        ["networking.k8s.io/v1", "NetworkPolicy", "deny-all"],
        ["networking.k8s.io/v1", "NetworkPolicy", "allow"],
        ["v1", "ServiceAccount", "agent"],
        ["apps/v1", "Deployment", "agent-coder"],
    ];
    for (const [apiVersion, kind, name] of own) {
        const header = () => object(apiVersion, kind, name) as { kind: string };
        it(`refuses to delete, to change and to unlabel the platform's ${kind} "${name}"`, async () => {
            await assert.rejects(
                tenant.delete(header(), undefined, "All"),
                refusedBy(/this object is the platform's/),
            );
            for (const metadata of [
                { name, namespace, annotations: { a: "b" } },
                { name, namespace, labels: { "app.kubernetes.io/part-of": null } },
            ]) {
                await assert.rejects(
                    tenant.patch(
                        { apiVersion, kind, metadata } as { kind: string },
                        undefined,
                        "All",
                        undefined,
                        undefined,
                        PatchStrategy.MergePatch,
                    ),
                    refusedBy(/this object is the platform's/),
                );
            }
        });
        it(`lets whoever deploys and the break-glass group change the ${kind} "${name}"`, async () => {
            const change = { apiVersion, kind, metadata: { name, namespace, annotations: { a: "b" } } };
            await admin.patch(change, undefined, "All", undefined, undefined, PatchStrategy.MergePatch);
        });
    }

    it("refuses a quota of the tenant's own making, and a change of the platform's", async () => {
        const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "org-quota", namespace } };
        await assert.rejects(
            tenant.patch(
                { ...quota, spec: { hard: { pods: "1000" } } } as { kind: string },
                undefined,
                "All",
                undefined,
                undefined,
                PatchStrategy.MergePatch,
            ),
            refusedBy(/forbidden|this object is the platform's/),
        );
    });

    it("refuses to scale an agent, to slip a container into it, and to make a pod that passes for one", async () => {
        const name = "agent-coder";
        const scale = await configOf()
            .makeApiClient(AppsV1Api)
            .readNamespacedDeploymentScale({ name, namespace });
        scale.spec = Object.assign(new V1ScaleSpec(), { replicas: 0 });
        await assert.rejects(
            configOf("tenant-admin")
                .makeApiClient(AppsV1Api)
                .replaceNamespacedDeploymentScale({ name, namespace, body: scale }),
            refusedBy(/is the platform's: its replicas are said in its org's file/),
        );
        const core = configOf().makeApiClient(CoreV1Api);
        const running = await until("the agent has a pod", async () => {
            const { items } = await core.listNamespacedPod({
                namespace,
                labelSelector: "customer-orgs/agent=coder",
            });
            return items[0];
        });
        assert.ok(running.spec !== undefined);
        running.spec.ephemeralContainers = [
            Object.assign(new V1EphemeralContainer(), {
                name: "debug",
                image: DIGEST,
                ...secured({}),
            }),
        ];
        await assert.rejects(
            configOf("tenant-admin")
                .makeApiClient(CoreV1Api)
                .replaceNamespacedPodEphemeralcontainers({
                    name: running.metadata?.name ?? "",
                    namespace,
                    body: running,
                }),
            refusedBy(/this object is the platform's/),
        );
        const pod = podWith({});
        const labelled = {
            ...pod,
            metadata: { ...pod.metadata, labels: managedLabels("agent", "coder") },
        };
        await assert.rejects(tryOut(labelled), refusedBy(/this object is the platform's/));
    });

    it("rolls its agents all the same: the control plane may do what it has to", async () => {
        await until("the agent runs", async () => {
            const read = (await admin.read(object("apps/v1", "Deployment", "agent-coder"))) as {
                status?: { availableReplicas?: number };
            };
            return read.status?.availableReplicas === 1 ? true : undefined;
        });
        await admin.patch(
            {
                apiVersion: "apps/v1",
                kind: "Deployment",
                metadata: { name: "agent-coder", namespace },
                spec: { template: { metadata: { annotations: { again: "1" } } } },
            } as { kind: string },
            undefined,
            undefined,
            undefined,
            undefined,
            PatchStrategy.MergePatch,
        );
        await until("it runs anew", async () => {
            const apps = configOf().makeApiClient(AppsV1Api);
            const { status, metadata } = await apps.readNamespacedDeployment({
                name: "agent-coder",
                namespace,
            });
            return status?.observedGeneration === metadata?.generation &&
                status?.updatedReplicas === 1 &&
                status.replicas === 1
                ? true
                : undefined;
        });
    });
});
