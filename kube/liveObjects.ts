import type { FoundImage } from "../images/imageReference";

/** A namespace as far as the fleet commands look at it. */
export interface LiveNamespace {
    readonly name: string;
    readonly uid: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly deleting: boolean;
}

/** A container of a pod template or pod. */
export interface LiveContainer {
    readonly name: string;
    /** Unreadable where the object has none. */
    readonly image: FoundImage;
}

/** A Deployment as far as the fleet commands look at it. */
export interface LiveDeployment {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels: Readonly<Record<string, string>>;
    /** Those of this program alone. */
    readonly annotations: Readonly<Record<string, string>>;
    /** Whether it has any annotation, ours or not: a JSON patch cannot add one to nothing. */
    readonly annotated: boolean;
    readonly containers: readonly LiveContainer[];
    readonly initContainers: readonly LiveContainer[];
    /** Container → the field managers that own its image. */
    readonly imageManagers: Readonly<Record<string, readonly string[]>>;
    readonly selector: LabelSelector;
    readonly replicas: number;
    readonly paused: boolean;
    readonly deleting: boolean;
    readonly generation: number;
    readonly observedGeneration: number;
    readonly updatedReplicas: number;
    readonly availableReplicas: number;
    readonly totalReplicas: number;
    /** Conditions by type. */
    readonly conditions: Readonly<
        Record<string, { readonly status: string; readonly reason: string; readonly message: string }>
    >;
}

/** Which pods a Deployment owns. */
export interface LabelSelector {
    readonly matchLabels: Readonly<Record<string, string>>;
    readonly matchExpressions: readonly {
        readonly key: string;
        readonly operator: string;
        readonly values: readonly string[];
    }[];
}

/** A container of a pod that has been scheduled. */
export interface LiveContainerStatus {
    readonly name: string;
    /** What the container runtime says that it runs: `repository@sha256:…`; unreadable before the image was pulled. */
    readonly imageID: FoundImage;
    readonly ready: boolean;
    /** Why it does not run: `ImagePullBackOff`, `CrashLoopBackOff`; empty when it does. */
    readonly waitingReason: string;
    readonly waitingMessage: string;
    readonly restarts: number;
    /** RFC 3339 time at which it began to run; empty when it does not. */
    readonly startedAt: string;
}

/** A pod as far as the fleet commands look at it. */
export interface LivePod {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    /** The controller that it belongs to; absent where nothing starts it again. */
    readonly owner?: { readonly kind: string; readonly name: string };
    readonly containers: readonly LiveContainer[];
    readonly initContainers: readonly LiveContainer[];
    readonly statuses: readonly LiveContainerStatus[];
    readonly initStatuses: readonly LiveContainerStatus[];
    readonly phase: string;
    /** RFC 3339 time since which the pod is ready; empty when it is not. */
    readonly readySince: string;
    readonly deleting: boolean;
}

/** Whether a pod's labels are what a selector asks for. A selector that asks for nothing owns nothing. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
    const wanted = Object.entries(selector.matchLabels);
    if (wanted.length === 0 && selector.matchExpressions.length === 0) {
        return false;
    }
    return (
        wanted.every(([key, value]) => labels[key] === value) &&
        selector.matchExpressions.every(({ key, operator, values }) => {
            const value = labels[key];
            switch (operator) {
                case "In":
                    return value !== undefined && values.includes(value);
                case "NotIn":
                    return value === undefined || !values.includes(value);
                case "Exists":
                    return value !== undefined;
                case "DoesNotExist":
                    return value === undefined;
                default:
                    return false;
            }
        })
    );
}

/** Whether an object's labels say that a stack of this program owns it. */
export function isLabelledManaged(labels: Readonly<Record<string, string>>): boolean {
    return (
        labels["app.kubernetes.io/managed-by"] === "pulumi" &&
        labels["app.kubernetes.io/part-of"] === "customer-orgs"
    );
}
