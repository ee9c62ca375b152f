/** A field that names an image in a kind whose shape does not show it. */
export interface KnownField {
    /** Its path: `spec.image`. */
    readonly path: string;
    /** What it is, for a person. */
    readonly what: string;
}

const package_: KnownField = { path: "spec.package", what: "package" };
const revision: KnownField = { path: "spec.image", what: "package" };
const specImage: KnownField = { path: "spec.image", what: "image" };

/** Fields that name what an operator runs, by `group/Kind`. Each operator's API reference says so. */
export const KNOWN_IMAGE_FIELDS: ReadonlyMap<string, KnownField> = new Map([
    // https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/
    ["postgresql.cnpg.io/Cluster", { path: "spec.imageName", what: "database image" }],
    // https://docs.crossplane.io/latest/packages/: a package starts a pod, or brings what starts one.
    ["pkg.crossplane.io/Provider", package_],
    ["pkg.crossplane.io/Function", package_],
    ["pkg.crossplane.io/Configuration", package_],
    ["pkg.crossplane.io/ProviderRevision", revision],
    ["pkg.crossplane.io/FunctionRevision", revision],
    ["pkg.crossplane.io/ConfigurationRevision", revision],
    // https://docs.k3s.io/add-ons/helm: the job that installs the chart.
    ["helm.cattle.io/HelmChart", { path: "spec.jobImage", what: "installing job" }],
    // https://github.com/kubeflow/spark-operator/blob/master/docs/api-docs.md
    ["sparkoperator.k8s.io/SparkApplication", specImage],
    ["sparkoperator.k8s.io/ScheduledSparkApplication", { path: "spec.template.image", what: "image" }],
    // https://prometheus-operator.dev/docs/api-reference/api/
    ["monitoring.coreos.com/Prometheus", specImage],
    ["monitoring.coreos.com/PrometheusAgent", specImage],
    ["monitoring.coreos.com/Alertmanager", specImage],
    ["monitoring.coreos.com/ThanosRuler", specImage],
    // https://github.com/open-telemetry/opentelemetry-operator/tree/main/docs/api
    ["opentelemetry.io/OpenTelemetryCollector", specImage],
    // https://nightlies.apache.org/flink/flink-kubernetes-operator-docs-stable/docs/custom-resource/reference/
    ["flink.apache.org/FlinkDeployment", specImage],
    // https://www.rabbitmq.com/kubernetes/operator/using-operator
    ["rabbitmq.com/RabbitmqCluster", specImage],
    // https://www.keycloak.org/operator/advanced-configuration
    ["k8s.keycloak.org/Keycloak", specImage],
]);
