import { AGENT_DEPLOYMENT_PREFIX } from "../../images/metadata";
import { type Fields, fieldsOf, listOf } from "./fields";

/** The kinds that make pods, with the lists that they are in below a namespace. */
export const WORKLOAD_LISTS: Readonly<Record<string, string>> = {
    Deployment: "/apis/apps/v1/namespaces/NAMESPACE/deployments",
    StatefulSet: "/apis/apps/v1/namespaces/NAMESPACE/statefulsets",
    DaemonSet: "/apis/apps/v1/namespaces/NAMESPACE/daemonsets",
    CronJob: "/apis/batch/v1/namespaces/NAMESPACE/cronjobs",
    Job: "/apis/batch/v1/namespaces/NAMESPACE/jobs",
    Pod: "/api/v1/namespaces/NAMESPACE/pods",
};

/**
 * Names a namespace's workloads that are no agents, and what the guards of an org will do to them; a line each. What another workload
 * owns is told with that one. Pure.
 *
 * @param found kind → the objects, as the API server sent them
 */
export function describeOtherWorkloads(found: ReadonlyMap<string, readonly unknown[]>): readonly string[] {
    return [...found].flatMap(([kind, items]) =>
        items.map(fieldsOf).flatMap((item) => {
            const { name, ownerReferences } = fieldsOf(item["metadata"]);
            const isAgent = kind === "Deployment" && String(name).startsWith(AGENT_DEPLOYMENT_PREFIX);
            const owned = Array.isArray(ownerReferences) && ownerReferences.length > 0;
            const phase = fieldsOf(item["status"])["phase"];
            if (isAgent || owned || phase === "Succeeded" || phase === "Failed") {
                return [];
            }
            const refused = breaksRestricted(podSpecOf(kind, item));
            const security =
                refused.length === 0
                    ? "Pod Security takes its pods as they are"
                    : `Pod Security "restricted" refuses each new pod of it (${refused.join(", ")})`;
            return [
                `${kind} "${String(name)}", which stays somebody else's: ${security}; its pods count in the quota, which needs requests and limits of ` +
                    "each; the NetworkPolicies cut it off from all but what the stack and the org's file open",
            ];
        }),
    );
}

function podSpecOf(kind: string, item: Fields): Fields {
    const spec = fieldsOf(item["spec"]);
    const job = kind === "CronJob" ? fieldsOf(fieldsOf(spec["jobTemplate"])["spec"]) : spec;
    return kind === "Pod" ? spec : fieldsOf(fieldsOf(job["template"])["spec"]);
}

/** Volumes that the standard takes: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
const VOLUMES: ReadonlySet<string> = new Set([
    ...[
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ],
    ...["image", "name"],
]);

/** What of a pod the standard "restricted" refuses, by the fields' names. */
function breaksRestricted(pod: Fields): readonly string[] {
    const podSecurity = fieldsOf(pod["securityContext"]);
    const broken = new Set<string>();
    for (const host of ["hostNetwork", "hostPID", "hostIPC"].filter((field) => pod[field] === true)) {
        broken.add(host);
    }
    if (listOf(pod["volumes"]).some((volume) => Object.keys(volume).some((key) => !VOLUMES.has(key)))) {
        broken.add("volumes");
    }
    const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
        listOf(pod[list]),
    );
    for (const container of containers) {
        const own = fieldsOf(container["securityContext"]);
        const said = { ...podSecurity, ...own };
        const { drop, add } = fieldsOf(own["capabilities"]);
        const profile = fieldsOf(said["seccompProfile"])["type"];
        const checks: readonly [string, boolean][] = [
            ["privileged", own["privileged"] !== true],
            ["allowPrivilegeEscalation", own["allowPrivilegeEscalation"] === false],
            [
                "capabilities",
                Array.isArray(drop) &&
                    drop.includes("ALL") &&
                    (!Array.isArray(add) || add.every((each) => each === "NET_BIND_SERVICE")),
            ],
            ["runAsNonRoot", said["runAsNonRoot"] === true],
            ["runAsUser", said["runAsUser"] !== 0],
            ["seccompProfile", profile === "RuntimeDefault" || profile === "Localhost"],
            ["hostPort", listOf(container["ports"]).every(({ hostPort }) => (hostPort ?? 0) === 0)],
        ];
        checks.filter(([, holds]) => !holds).forEach(([field]) => broken.add(field));
    }
    return [...broken];
}
