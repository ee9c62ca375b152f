import { groupOf } from "./checkedObject";

/** API groups that belong to Kubernetes itself: their kinds are known, so nothing in them has to be guessed. */
export const BUILT_IN_GROUPS: ReadonlySet<string> = new Set([
    "", // core
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "auditregistration.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "meta",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "settings.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
]);

const TEMPLATE = ["spec", "template", "spec"] as const;

/**
 * Where each built-in kind keeps its pod spec; the same in every version of its API that ever was.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/
 */
export const POD_SPEC_PATHS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
    ["Pod", ["spec"]],
    ["PodTemplate", ["template", "spec"]],
    ["ReplicationController", TEMPLATE],
    ["ReplicaSet", TEMPLATE],
    ["Deployment", TEMPLATE],
    ["StatefulSet", TEMPLATE],
    ["DaemonSet", TEMPLATE],
    ["Job", TEMPLATE],
    ["CronJob", ["spec", "jobTemplate", ...TEMPLATE]],
    // Gone since Kubernetes 1.8 and 1.21: batch/v2alpha1.
    ["ScheduledJob", ["spec", "jobTemplate", ...TEMPLATE]],
    ["JobTemplate", ["template", ...TEMPLATE]],
    // The body of the pods/ephemeralcontainers subresource before Kubernetes 1.22: its list stands at the top.
    ["EphemeralContainers", []],
]);

/**
 * Kinds that OpenShift had in the core group before it had groups of its own (3.5); its API server still takes them.
 * Source: https://docs.redhat.com/en/documentation/openshift_container_platform/3.11/html/rest_api/
 */
const OPENSHIFT_CORE_KINDS: ReadonlyMap<string, string> = new Map([
    ["DeploymentConfig", "apps.openshift.io"],
    ["BuildConfig", "build.openshift.io"],
    ["Build", "build.openshift.io"],
    ["ImageStream", "image.openshift.io"],
    ["ImageStreamTag", "image.openshift.io"],
    ["Template", "template.openshift.io"],
]);

/** The API group that a kind belongs to: the one of its `apiVersion`, or OpenShift's for a kind that was once in `v1`. */
export function homeGroup(apiVersion: string, kind: string): string {
    const group = groupOf({ apiVersion });
    return (group === "" ? OPENSHIFT_CORE_KINDS.get(kind) : undefined) ?? group;
}
