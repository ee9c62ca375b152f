import { isDeepStrictEqual } from "node:util";
import { AGENT_CONTAINER } from "../../images/metadata";
import { SEPARATOR, describePath, describeValues } from "./describeField";
import { type Fields, fieldsOf, listOf } from "./fields";
import { inPods } from "./rolloutShares";

/** What becomes of a live Deployment's fields, once the program declares it. */
export interface DeploymentDiff {
    /** Fields that are live and would be gone or another value, with a word about the value where that can be shown. */
    readonly lost: readonly string[];
    /** Fields that the program adds. */
    readonly added: readonly string[];
}

/**
 * What the API server fills in where nobody said anything: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/.
 * The end of a path, with `*` for one step, and the value; a field with this value is as good as none.
 */
const DEFAULTS: readonly (readonly [path: string, value: unknown])[] = [
    ["spec.replicas", 1],
    ["spec.revisionHistoryLimit", 10],
    ["spec.progressDeadlineSeconds", 600],
    ["spec.minReadySeconds", 0],
    ["spec.paused", false],
    ["spec.strategy", { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } }],
    ["spec.restartPolicy", "Always"],
    ["spec.dnsPolicy", "ClusterFirst"],
    ["spec.schedulerName", "default-scheduler"],
    ["spec.terminationGracePeriodSeconds", 30],
    ["spec.serviceAccountName", "default"],
    ["spec.serviceAccount", "default"],
    ["spec.enableServiceLinks", true],
    ["spec.automountServiceAccountToken", true],
    ["terminationMessagePath", "/dev/termination-log"],
    ["terminationMessagePolicy", "File"],
    ["imagePullPolicy", "Always"],
    ["imagePullPolicy", "IfNotPresent"],
    ["ports.*.protocol", "TCP"],
    ["httpGet.scheme", "HTTP"],
    ["grpc.service", ""],
    ["Probe.initialDelaySeconds", 0],
    ["Probe.periodSeconds", 10],
    ["Probe.timeoutSeconds", 1],
    ["Probe.successThreshold", 1],
    ["Probe.failureThreshold", 3],
    ["fieldRef.apiVersion", "v1"],
    ["defaultMode", 0o644],
    ["volumeMounts.*.readOnly", false],
    ["env.*.value", ""],
    ["hostPath.type", ""],
    ["metadata.creationTimestamp", null],
];

/** Annotations that machines keep, and the time of a restart by hand. */
const NOBODYS = /^((deployment|kubectl|pv|volume|volume\.beta)\.kubernetes\.io|customer-orgs|pulumi\.com)\//;

/**
 * Compares a live Deployment with the one that the program declares, field by field: its template, how it rolls, and the annotations and
 * labels that people gave it. The agent's image is left out, since that is what an adoption changes. Values that may be credentials are
 * not repeated: those of variables, arguments and annotations never are. Pure.
 */
export function diffDeployment(live: unknown, declared: unknown): DeploymentDiff {
    // The number of pods that a program does not declare stays what an autoscaler makes of it.
    const autoscaled = fieldsOf(fieldsOf(declared)["spec"])["replicas"] === undefined;
    const [before, after] = [leavesOf(prepare(live, autoscaled)), leavesOf(prepare(declared, autoscaled))];
    const lost: string[] = [];
    for (const [path, value] of before) {
        if (!after.has(path)) {
            lost.push(describePath(path, before));
        } else if (after.get(path) !== value) {
            lost.push(`${describePath(path, before)}${describeValues(path, value, after.get(path))}`);
        }
    }
    const added = [...after.keys()]
        .filter((path) => !before.has(path))
        .map((path) => describePath(path, after));
    return { lost: [...new Set(lost)], added: [...new Set(added)] };
}

/**
 * Compares what stands beside an agent's Deployment with what the program declares under the same name: a claim, a disruption budget, a
 * ServiceAccount. What whoever binds a claim has filled in is nobody's.
 *
 * @returns the fields that would be gone or another value, without their values
 */
export function diffCompanion(live: unknown, declared: unknown): readonly string[] {
    const own = (item: unknown) => {
        const { metadata, spec, imagePullSecrets } = fieldsOf(item);
        const { labels, annotations } = fieldsOf(metadata);
        return leavesOf({
            labels: people(labels),
            annotations: people(annotations),
            spec: { ...fieldsOf(spec), selector: undefined, volumeName: undefined, volumeMode: undefined },
            imagePullSecrets,
        });
    };
    const [before, after] = [own(live), own(declared)];
    return [...before].flatMap(([path, value]) =>
        after.get(path) === value ? [] : [`its "${path.split(SEPARATOR).join(".")}"`],
    );
}

/** The part of a Deployment that is compared, lists under the names of their items. */
function prepare(deployment: unknown, autoscaled: boolean): Fields {
    const { metadata, spec } = fieldsOf(deployment);
    const { template, ...rollout } = fieldsOf(spec);
    const { metadata: podMetadata, spec: podSpec } = fieldsOf(template);
    const podLabels = fieldsOf(fieldsOf(podMetadata)["labels"]);
    const { labels, annotations } = fieldsOf(metadata);
    const pod = withEffectiveUser(fieldsOf(podSpec));
    return {
        annotations: people(annotations),
        // A label that its pods have too is told with them.
        labels: Object.fromEntries(
            Object.entries(people(labels)).filter(([key, value]) => podLabels[key] !== value),
        ),
        // An adopted selector is the live one.
        spec: {
            ...rollout,
            selector: undefined,
            replicas: autoscaled ? undefined : rollout["replicas"],
            strategy: inPods(fieldsOf(rollout["strategy"]), rollout["replicas"], autoscaled),
        },
        pods: {
            labels: people(podLabels),
            annotations: people(fieldsOf(podMetadata)["annotations"]),
            spec: pod,
        },
    };
}

/** Annotations or labels that people gave. */
function people(map: unknown): Fields {
    return Object.fromEntries(Object.entries(fieldsOf(map)).filter(([key]) => !NOBODYS.test(key)));
}

/** A pod's spec with what the agent's container says of its user under the pod, where it counts before what the pod says. */
function withEffectiveUser(pod: Fields): Fields {
    const containers = listOf(pod["containers"]);
    const agent = containers.find(({ name }) => name === AGENT_CONTAINER);
    if (agent === undefined) {
        return pod;
    }
    const { runAsUser, runAsGroup, runAsNonRoot, seccompProfile, ...rest } = fieldsOf(
        agent["securityContext"],
    );
    const user = Object.entries({ runAsUser, runAsGroup, runAsNonRoot, seccompProfile }).filter(
        ([, value]) => value !== undefined,
    );
    return {
        ...pod,
        securityContext: { ...fieldsOf(pod["securityContext"]), ...Object.fromEntries(user) },
        containers: containers.map((each) => (each === agent ? { ...agent, securityContext: rest } : each)),
    };
}

/** Every value by its path, as text to be compared; without defaults and what is empty. */
function leavesOf(value: unknown): ReadonlyMap<string, string> {
    const leaves = new Map<string, string>();
    const walk = (at: unknown, path: readonly string[]) => {
        if (isDefault(path, at)) {
            return;
        }
        const last = path.at(-1);
        if (last === "serviceAccount" || (last === "image" && path.at(-2) === AGENT_CONTAINER)) {
            return; // The one is another name of serviceAccountName, the other what an adoption changes.
        }
        if (Array.isArray(at)) {
            // Of texts the order says something; objects are known by their names.
            if (!at.every((item) => typeof item === "object")) {
                leaves.set(path.join(SEPARATOR), JSON.stringify(at));
                return;
            }
            at.forEach((item: unknown, index) => {
                walk(item, [...path, keyOf(path.at(-1) ?? "", item) ?? String(index)]);
            });
            return;
        }
        const entries = typeof at === "object" && at !== null ? Object.entries(at) : undefined;
        if (entries === undefined || entries.length === 0) {
            // An empty directory is one all the same; what else is empty says nothing.
            if (entries === undefined ? at !== undefined && at !== null : path.at(-1) === "emptyDir") {
                leaves.set(path.join(SEPARATOR), JSON.stringify(at));
            }
            return;
        }
        entries.forEach(([key, inner]) => {
            walk(inner, [...path, key]);
        });
    };
    walk(value, []);
    orderOfReferences(value, leaves);
    return leaves;
}

function keyOf(list: string, item: unknown): string | undefined {
    const fields = fieldsOf(item);
    switch (list) {
        case "volumeMounts":
            return `${String(fields["name"])}:${String(fields["mountPath"])}`;
        case "ports":
            return `${String(fields["containerPort"])}/${textOf(fields["protocol"], "TCP")}`;
        case "tolerations":
            return ["key", "operator", "value", "effect"]
                .map((key) => textOf(fields[key]))
                .join(" ")
                .trim();
        case "topologySpreadConstraints":
            return String(fields["topologyKey"]);
        default:
            return typeof fields["name"] === "string" ? fields["name"] : undefined;
    }
}

function isDefault(path: readonly string[], value: unknown): boolean {
    return DEFAULTS.some(([pattern, expected]) => {
        const steps = pattern.split(".");
        const end = path.slice(-steps.length);
        return (
            end.length === steps.length &&
            steps.every((step, index) => step === "*" || end[index] === step || end[index]?.endsWith(step)) &&
            isDeepStrictEqual(value, expected)
        );
    });
}

/** Whether a variable's reference to another one is resolved: it is where the other stands before it, or comes from elsewhere. */
function orderOfReferences(value: unknown, leaves: Map<string, string>): void {
    const pod = fieldsOf(fieldsOf(fieldsOf(value)["pods"])["spec"]);
    for (const container of [...listOf(pod["initContainers"]), ...listOf(pod["containers"])]) {
        const variables = listOf(container["env"]);
        const names = variables.map((each) => String(each["name"]));
        variables.forEach((variable, index) => {
            const text = typeof variable["value"] === "string" ? variable["value"] : "";
            for (const [, name] of text.matchAll(/\$\$|\$\(([^)]+)\)/g)) {
                const place = name === undefined ? -1 : names.indexOf(name);
                if (name !== undefined && place >= 0) {
                    const path = [
                        "pods",
                        "spec",
                        "containers",
                        String(container["name"]),
                        "env",
                        names[index] ?? "",
                    ];
                    leaves.set(
                        [...path, `$(${name})`].join(SEPARATOR),
                        place < index ? "resolved" : "left as it is",
                    );
                }
            }
        });
    }
}

function textOf(value: unknown, otherwise = ""): string {
    return typeof value === "string" ? value : otherwise;
}
