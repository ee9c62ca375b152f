import assert from "node:assert/strict";
import { useCluster } from "../../support/sharedCluster";
import { type Named, useTenant } from "../../support/useTenant";

const RBAC = "rbac.authorization.k8s.io/v1";

/** What a check tries, and what of the same kind is admitted. */
interface Check {
    readonly refused: readonly (() => Promise<unknown>)[];
    readonly by: RegExp;
    readonly admitted: () => Promise<unknown>;
}

/**
 * The checks of the Kubernetes multi-tenancy benchmark, by its names, each tried by a tenant's admin (the ClusterRole `admin` in its
 * namespace) with objects that are compliant but for the one violation.
 *
 * @see https://github.com/kubernetes-retired/multi-tenancy/tree/master/benchmarks
 */
describe("the multi-tenancy benchmark, tried on a real API server", function () {
    this.timeout(90_000);
    const cluster = useCluster();
    const { namespace, other, as, tenant, object, podWith, tryOut, tryToChange, tryToDelete } = useTenant(
        cluster,
        "benchmark",
    );
    const secured = (more: object) => ({
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, ...more },
    });
    const onlyPod = (by: RegExp, ...pods: readonly (readonly [object, object?])[]): Check => ({
        refused: pods.map(
            ([spec, container]) =>
                () =>
                    tryOut(podWith(spec, container)),
        ),
        by,
        admitted: () => tryOut(podWith({})),
    });
    const service = (name: string, spec: object) => object("v1", "Service", name, { spec });
    const policy = (spec: object) =>
        object("networking.k8s.io/v1", "NetworkPolicy", "own", { spec: { podSelector: {}, ...spec } });
    const binding = (roleRef: object) =>
        object(RBAC, "RoleBinding", "own", {
            roleRef: { apiGroup: "rbac.authorization.k8s.io", ...roleRef },
            subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "a-colleague" }],
        });
    const clusterWide = (apiVersion: string, kind: string, fields: object = {}): Named => ({
        apiVersion,
        kind,
        metadata: { name: `tenant-${process.pid}` },
        ...fields,
    });
    const annotated = (apiVersion: string, kind: string, name: string): Named => ({
        ...object(apiVersion, kind, name),
        metadata: { name, namespace, annotations: { a: "b" } } as Named["metadata"],
    });
    const limited = (cpu: string) => ({
        resources: { limits: { cpu, memory: "64Mi", "ephemeral-storage": "64Mi" } },
    });

    const checks: Readonly<Record<string, Check>> = {
        "block access to cluster resources": {
            refused: [
                () => as(tenant).list("v1", "Node"),
                () => as(tenant).list("v1", "PersistentVolume"),
                () => tryOut(clusterWide(RBAC, "ClusterRole", { rules: [] })),
                () => tryOut(clusterWide("v1", "Namespace")),
            ],
            by: /is forbidden: User/,
            admitted: () => as(tenant).list("v1", "Pod", namespace),
        },
        "block access to multitenant resources": {
            refused: [
                ["networking.k8s.io/v1", "NetworkPolicy", "deny-all"],
                ["networking.k8s.io/v1", "NetworkPolicy", "allow"],
                ["v1", "ServiceAccount", "agent"],
                ["apps/v1", "Deployment", "agent-coder"],
            ].flatMap(([apiVersion = "", kind = "", name = ""]) => [
                () => tryToChange(annotated(apiVersion, kind, name)),
                () => tryToDelete(object(apiVersion, kind, name)),
            ]),
            by: /this object is the platform's/,
            admitted: () => tryOut(object("v1", "ServiceAccount", "own")),
        },
        "block access to other tenant resources": {
            refused: [
                () => as(tenant).list("v1", "Secret", other),
                () => tryOut({ ...podWith({}), metadata: { name: "probe", namespace: other } }),
            ],
            by: /is forbidden: User/,
            admitted: () => as(tenant).list("v1", "Secret", namespace),
        },
        "block add capabilities": onlyPod(/PodSecurity/, [
            {},
            secured({ capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] } }),
        ]),
        "require always imagePullPolicy": {
            ...onlyPod(
                /imagePullPolicy: Never|IfNotPresent takes whatever/,
                [{}, { imagePullPolicy: "Never" }],
                [{}, { image: "ghcr.io/acme/tool:v1", imagePullPolicy: "IfNotPresent" }],
                // Kubernetes' own default for a tag.
                [{}, { image: "ghcr.io/acme/tool:v1" }],
            ),
            admitted: () => tryOut(podWith({}, { image: "ghcr.io/acme/tool:v1", imagePullPolicy: "Always" })),
        },
        "require run as non-root user": onlyPod(
            /PodSecurity/,
            [{ securityContext: { seccompProfile: { type: "RuntimeDefault" } } }],
            [{}, secured({ runAsUser: 0 })],
        ),
        "block privileged containers": onlyPod(/PodSecurity/, [
            {},
            secured({ privileged: true, allowPrivilegeEscalation: true }),
        ]),
        "block privilege escalation": onlyPod(/PodSecurity/, [
            {},
            secured({ allowPrivilegeEscalation: true }),
        ]),
        "configure namespace resource quotas": onlyPod(/exceeded quota: org-quota/, [{}, limited("100")]),
        "block modification of resource quotas": {
            refused: [
                () =>
                    tryToChange({
                        ...object("v1", "ResourceQuota", "org-quota"),
                        spec: { hard: { pods: "1000" } },
                    }),
                () => tryToDelete(object("v1", "ResourceQuota", "org-quota")),
                () => tryOut(object("v1", "ResourceQuota", "own", { spec: { hard: { pods: "1" } } })),
            ],
            by: /is forbidden: User/,
            admitted: () => as(tenant).read(object("v1", "ResourceQuota", "org-quota")),
        },
        "configure namespace object quotas": {
            refused: [
                () =>
                    tryOut(
                        object("v1", "ReplicationController", "own", {
                            spec: {
                                selector: { app: "own" },
                                template: { ...podWith({}), metadata: { labels: { app: "own" } } },
                            },
                        }),
                    ),
                () => tryOut(service("own", { type: "LoadBalancer", ports: [{ port: 80 }] })),
            ],
            by: /exceeded quota: org-quota/,
            admitted: () => tryOut(object("v1", "ConfigMap", "own")),
        },
        "block use of host path volumes and bind mounts": {
            ...onlyPod(/PodSecurity/, [{ volumes: [{ name: "v", hostPath: { path: "/etc" } }] }]),
            admitted: () => tryOut(podWith({ volumes: [{ name: "v", emptyDir: {} }] })),
        },
        "block use of NodePort services": {
            refused: [() => tryOut(service("own", { type: "NodePort", ports: [{ port: 80 }] }))],
            by: /exceeded quota: org-quota/,
            admitted: () => tryOut(service("own", { ports: [{ port: 80 }] })),
        },
        "block use of host networking and ports": {
            ...onlyPod(
                /PodSecurity/,
                [{ hostNetwork: true }],
                [{}, { ports: [{ containerPort: 80, hostPort: 80 }] }],
            ),
            admitted: () => tryOut(podWith({}, { ports: [{ containerPort: 80 }] })),
        },
        "block use of host PID": onlyPod(/PodSecurity/, [{ hostPID: true }]),
        "block use of host IPC": onlyPod(/PodSecurity/, [{ hostIPC: true }]),
        "default deny network connections across tenants": {
            refused: [
                // The client's own spelling: it sends _from as from, and would drop that.
                policy({ ingress: [{ _from: [{ namespaceSelector: {} }] }] }),
                policy({ ingress: [{}] }),
                policy({ egress: [{ to: [] }] }),
                policy({ egress: [{ ports: [{ port: 80 }] }] }),
                policy({ egress: [{ to: [{ ipBlock: { cidr: "169.254.169.254/32" } }] }] }),
                policy({ egress: [{ to: [{ podSelector: {}, namespaceSelector: {} }] }] }),
            ].map((one) => () => tryOut(one)),
            by: /would open what the platform keeps closed/,
            admitted: () => tryOut(policy({ policyTypes: ["Ingress", "Egress"] })),
        },
        "create network policies": {
            refused: [() => tryOut({ ...policy({}), metadata: { name: "own", namespace: other } })],
            by: /is forbidden: User/,
            admitted: () =>
                tryOut(policy({ ingress: [{ _from: [{ podSelector: { matchLabels: { app: "own" } } }] }] })),
        },
        "create role bindings": {
            refused: [() => tryOut(binding({ kind: "ClusterRole", name: "cluster-admin" }))],
            by: /is attempting to grant RBAC permissions not currently held|is forbidden/,
            admitted: () => tryOut(binding({ kind: "ClusterRole", name: "view" })),
        },
        "block role privilege escalation": {
            refused: [
                () =>
                    tryOut(
                        object(RBAC, "Role", "own", {
                            rules: [{ apiGroups: [""], resources: ["resourcequotas"], verbs: ["delete"] }],
                        }),
                    ),
            ],
            by: /is attempting to grant RBAC permissions not currently held/,
            admitted: () =>
                tryOut(
                    object(RBAC, "Role", "own", {
                        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
                    }),
                ),
        },
    };

    for (const [name, { refused, by, admitted }] of Object.entries(checks)) {
        it(name, async () => {
            await admitted();
            for (const attempt of refused) {
                await assert.rejects(attempt(), (error: unknown) => {
                    assert.match(String(error), by);
                    return true;
                });
            }
            await admitted();
        });
    }

    it("is tried whole: twenty checks", () => {
        assert.equal(Object.keys(checks).length, 20);
    });
});
