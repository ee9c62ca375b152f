import { KubeConfig, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { managedLabels } from "../../components/objectMetadata";
import { POD_SECURITY_LABELS, declareTenantGuards } from "../../components/tenantGuards";
import { networkSchema } from "../../config/network";
import { tenancyPolicies } from "../../platform/tenancyPolicies";
import { declareAgent } from "./declareAgent";
import { declareResources } from "./declareResources";
import type { SharedCluster } from "./sharedCluster";
import { until } from "./until";
import { useNamespace } from "./useNamespace";

export const DIGEST = `ghcr.io/acme/tool@sha256:${"a".repeat(64)}`;

const RBAC = "rbac.authorization.k8s.io";

export interface Named {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace?: string; labels?: Record<string, string> };
    [field: string]: unknown;
}

/** An object that lives in no namespace. */
function clusterWide(apiVersion: string, kind: string, name: string): Named {
    return { apiVersion, kind, metadata: { name } };
}

/** A tenant with the platform's guards and one agent `coder`, in a cluster with the platform's tenancy policies. */
export interface Tenant {
    readonly namespace: string;
    /** A namespace of another tenant. */
    readonly other: string;
    /** A client's config as somebody: one of the next three, or anybody else. */
    readonly configOf: (user: string) => KubeConfig;
    readonly as: (user: string) => KubernetesObjectApi;
    /** Who deploys, who may break glass by its group, and the tenant's own admin. */
    readonly deployer: string;
    readonly oncall: string;
    readonly tenant: string;
    /** A cluster's administrator whom the config does not name. */
    readonly outsider: string;
    /** An object of the tenant's namespace. */
    readonly object: (apiVersion: string, kind: string, name: string, fields?: object) => Named;
    /** A pod that is compliant but for what is given. */
    readonly podWith: (spec: object, container?: object) => Named;
    /** Has the tenant create something, without keeping it. */
    readonly tryOut: (what: Named) => Promise<unknown>;
    /** Has the tenant change something, without keeping it. */
    readonly tryToChange: (what: Named) => Promise<unknown>;
    readonly tryToDelete: (what: Named) => Promise<unknown>;
}

/** Gives the suite it is called in such a tenant, whose admin has the ClusterRole `admin` in its namespace and what a debugger needs. */
export function useTenant(cluster: () => SharedCluster, prefix: string): Tenant {
    const slug = `${prefix}-${process.pid}`;
    const [deployer, tenant, outsider] = [`deployer-${slug}`, `tenant-${slug}`, `outsider-${slug}`];
    const oncall = `system:serviceaccount:oncall-${slug}:someone`;
    const as = (user: string) => KubernetesObjectApi.makeApiClient(configOf(user));
    const policies = tenancyPolicies({
        coreNamespace: "agents",
        users: [deployer],
        // The embedded cluster's nodes are played by its administrator: without it no pod would ever be gone.
        groups: ["system:masters"],
        // A ServiceAccount is of the group of its namespace's, by the API server's own word.
        breakGlassGroup: `system:serviceaccounts:oncall-${slug}`,
        validationActions: ["Deny"],
    });

    // Before the namespaces' own, which nobody but these users could delete otherwise.
    after("the policies are taken away", async () => {
        for (const { policy, binding } of policies) {
            await as(deployer).delete({ ...binding });
            await as(deployer).delete({ ...policy });
        }
        // Nobody but those whom the policies name could delete the namespaces before that; the cluster's owner is one of them.
        await until("they are out of force", () =>
            as(outsider)
                .delete(clusterWide("v1", "Namespace", namespace), undefined, "All")
                .then(
                    () => true,
                    () => undefined,
                ),
        );
    });
    const namespace = useNamespace(cluster, `org-${prefix}`, {
        ...managedLabels("customer-org", slug),
        ...POD_SECURITY_LABELS,
    });
    const other = useNamespace(cluster, `org-other-${prefix}`);

    function configOf(user: string): KubeConfig {
        const { kubeConfig } = cluster();
        const current = { ...kubeConfig.getCurrentUser(), name: "somebody", impersonateUser: user };
        const config = new KubeConfig();
        config.loadFromOptions({
            clusters: kubeConfig.getClusters(),
            users: [current],
            contexts: [{ name: "c", cluster: kubeConfig.getCurrentCluster()?.name, user: current.name }],
            currentContext: "c",
        });
        return config;
    }
    const object = (apiVersion: string, kind: string, name: string, fields: object = {}): Named => ({
        apiVersion,
        kind,
        metadata: { name, namespace },
        ...fields,
    });
    const podWith = (spec: object, container: object = {}): Named =>
        object("v1", "Pod", "probe", {
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
    const tryOut = (what: Named) => as(tenant).create(what, undefined, "All");
    const tryToChange = (what: Named) =>
        as(tenant).patch(what, undefined, "All", undefined, undefined, PatchStrategy.MergePatch);
    const tryToDelete = (what: Named) => as(tenant).delete(what, undefined, "All");

    before("a tenant with the platform's guards and one agent", async function () {
        this.timeout(60_000);
        const admin = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        const bind = (kind: string, name: string, role: object, subject: string, more: object = {}) =>
            admin.create({
                apiVersion: `${RBAC}/v1`,
                kind,
                metadata: { name, ...more },
                roleRef: { apiGroup: RBAC, ...role },
                subjects: [{ apiGroup: RBAC, kind: "User", name: subject }],
            } as { kind: string });
        for (const [index, user] of [deployer, oncall, outsider].entries()) {
            const role = { kind: "ClusterRole", name: "cluster-admin" };
            await bind("ClusterRoleBinding", `${slug}-${index}`, role, user);
        }
        await bind("RoleBinding", "tenant", { kind: "ClusterRole", name: "admin" }, tenant, { namespace });
        // More than the role "admin" has, as a cluster's owner may give it to let tenants debug.
        await admin.create(
            object(`${RBAC}/v1`, "Role", "debug", {
                rules: [{ apiGroups: [""], resources: ["pods/ephemeralcontainers"], verbs: ["update"] }],
            }),
        );
        await bind("RoleBinding", "debug", { kind: "Role", name: "debug" }, tenant, { namespace });

        const guards = await declareResources(() =>
            declareTenantGuards(
                { org: slug, namespace, network: networkSchema.parse(undefined), runtimes: [] },
                new pulumi.ComponentResource("test:index:Org", "x"),
            ),
        );
        const agent = await declareAgent({ namespace, org: slug, profile: { minReadySeconds: 0 } });
        for (const { type, inputs } of [...guards.resources, ...agent.resources]) {
            if (type.startsWith("kubernetes:")) {
                // As the program does it: it owns what it declares.
                const plain = JSON.parse(JSON.stringify(inputs)) as { kind: string };
                await admin.patch(plain, undefined, undefined, "test", true, PatchStrategy.ServerSideApply);
            }
        }
        for (const { policy, binding } of policies) {
            await admin.create({ ...policy });
            await admin.create({ ...binding });
        }
        const mayChange = (user: string) => {
            const change = {
                ...object("v1", "ServiceAccount", "agent"),
                metadata: { name: "agent", namespace },
            };
            return as(user).patch(change, undefined, "All", undefined, undefined, PatchStrategy.MergePatch);
        };
        const refused = [
            () => tryOut(podWith({}, { imagePullPolicy: "Never" })),
            () => tryOut(podWith({ priorityClassName: "system-node-critical" })),
            () => tryToDelete(object("networking.k8s.io/v1", "NetworkPolicy", "deny-all")),
        ];
        await until("the policies are in force and the quota is counted", async () => {
            const answers = await Promise.allSettled(refused.map((request) => request()));
            // Those of an earlier suite have the same names and are in force for a second longer, with other people in them.
            const [allowed] = await Promise.allSettled([Promise.all([deployer, oncall].map(mayChange))]);
            const quota = (await admin.read(object("v1", "ResourceQuota", "org-quota"))) as {
                status?: { used?: object };
            };
            return quota.status?.used !== undefined &&
                allowed.status === "fulfilled" &&
                answers.every(
                    (answer) =>
                        answer.status === "rejected" &&
                        /ValidatingAdmissionPolicy/.test(String(answer.reason)),
                )
                ? true
                : undefined;
        });
    });
    return {
        namespace,
        other,
        configOf,
        as,
        deployer,
        oncall,
        tenant,
        outsider,
        object,
        podWith,
        tryOut,
        tryToChange,
        tryToDelete,
    };
}
