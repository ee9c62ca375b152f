/**
 * What is known of other people's custom resources. Everything else about them is found by their shape
 * (`customResourceImages`).
 */

/**
 * Groups, with all their subgroups, whose objects describe, judge, report or deliver workloads without running what they
 * spell out: an image in them is a pattern, a finding or a chart's value. Walking them would raise false alarms.
 */
const DESCRIBING_GROUPS: readonly string[] = [
    // Policy engines: their rules hold patterns and examples of pods.
    "kyverno.io",
    "gatekeeper.sh",
    "kubewarden.io",
    "openpolicyagent.org",
    "jspolicy.com",
    "sigstore.dev",
    "policy.open-cluster-management.io",
    "validation.x-k8s.io",
    // Reports about what runs already.
    "wgpolicyk8s.io",
    "openreports.io",
    "aquasecurity.github.io",
    "kubescape.io",
    "config.stackrox.io",
    "kuttl.dev",
    // Schemas and templates that start nothing until something instantiates them.
    "apiextensions.crossplane.io",
    "template.openshift.io",
    "image.openshift.io",
    // Delivery of charts and directories: what they create has to be checked where it is rendered.
    "helm.toolkit.fluxcd.io",
    "kustomize.toolkit.fluxcd.io",
    "source.toolkit.fluxcd.io",
    "image.toolkit.fluxcd.io",
    "helm.cattle.io",
    "fleet.cattle.io",
];

/** Single kinds of the same sort, in groups whose other kinds do run pods. */
const DESCRIBING_KINDS: ReadonlySet<string> = new Set([
    "argoproj.io/Application",
    "argoproj.io/ApplicationSet",
    "argoproj.io/AppProject",
    // These fetch an image onto nodes and start nothing of it.
    "apps.kruise.io/ImagePullJob",
    "apps.kruise.io/ImageListPullJob",
    "apps.kruise.io/NodeImage",
]);

/** Single kinds that do start what they spell out, in groups whose other kinds do not. */
const RUNNING_KINDS: ReadonlySet<string> = new Set([
    "policies.kubewarden.io/PolicyServer",
    // What it spells out is created as it stands for everyone who asks for one.
    "apiextensions.crossplane.io/Composition",
]);

/** Whether an object only describes workloads, so that images in it are no images that run. */
export function onlyDescribesWorkloads(group: string, kind: string): boolean {
    // An operator's own group (`operator.gatekeeper.sh`) says how the tool itself is to run.
    if (RUNNING_KINDS.has(`${group}/${kind}`) || group.startsWith("operator.")) {
        return false;
    }
    return (
        DESCRIBING_KINDS.has(`${group}/${kind}`) ||
        DESCRIBING_GROUPS.some((suffix) => group === suffix || group.endsWith(`.${suffix}`))
    );
}

/**
 * Kinds whose pod templates are whole: a container without an image cannot work. In other custom resources a template may be
 * an overlay whose image the operator fills in (Prometheus, Elasticsearch), so only a pod template at `spec.template.spec`,
 * the shape of a Deployment, is held to it.
 */
const WHOLE_TEMPLATES: ReadonlySet<string> = new Set([
    "agones.dev/Fleet",
    "agones.dev/GameServer",
    "agones.dev/GameServerSet",
    "apps.kruise.io/AdvancedCronJob",
    "apps.kruise.io/BroadcastJob",
    "apps.kruise.io/CloneSet",
    "apps.kruise.io/DaemonSet",
    "apps.kruise.io/SidecarSet",
    "apps.kruise.io/StatefulSet",
    "apps.openshift.io/DeploymentConfig",
    "argoproj.io/ClusterWorkflowTemplate",
    "argoproj.io/CronWorkflow",
    "argoproj.io/Experiment",
    "argoproj.io/Rollout",
    "argoproj.io/Workflow",
    "argoproj.io/WorkflowTemplate",
    "batch.volcano.sh/Job",
    "jobset.x-k8s.io/JobSet",
    "keda.sh/ScaledJob",
    "leaderworkerset.x-k8s.io/LeaderWorkerSet",
    "serving.knative.dev/Configuration",
    "serving.knative.dev/Revision",
    "serving.knative.dev/Service",
    "sources.knative.dev/ContainerSource",
]);

/** Whether every container in an object of this kind has to have an image. */
export function hasWholeTemplates(group: string, kind: string): boolean {
    return WHOLE_TEMPLATES.has(`${group}/${kind}`) || (group === "kubeflow.org" && kind.endsWith("Job"));
}

/**
 * Kinds whose pod template, although it has the shape of a Deployment's, is laid over one that the controller brings: it
 * fills in the image of the container that it knows by name.
 */
const FILLED_IN_GROUPS: ReadonlySet<string> = new Set(["actions.summerwind.dev", "actions.github.com"]);
const FILLED_IN_KINDS: ReadonlySet<string> = new Set(["postgresql.cnpg.io/Pooler"]);

/** Whether the controller of a kind supplies images that its pod template leaves out. */
export function fillsInImages(group: string, kind: string): boolean {
    return FILLED_IN_GROUPS.has(group) || FILLED_IN_KINDS.has(`${group}/${kind}`);
}

/** Whether `steps` in this group are containers, whatever else they have: Tekton and what is built like it. */
export function stepsAreContainers(group: string): boolean {
    return group === "tekton.dev" || group === "shipwright.io";
}

/** Whether a kind holds Argo Workflows' templates, each of which is one container, script or set of containers. */
export function isArgoWorkflow(group: string, kind: string): boolean {
    return group === "argoproj.io" && kind.includes("Workflow");
}
