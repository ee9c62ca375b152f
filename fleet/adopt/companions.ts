import { profileWords } from "../../config/agent/profileSchema";
import { selects } from "../../kube/liveObjects";
import { type Fields, fieldsOf, isNothing, listOf, pick } from "./fields";

/** What stands beside the Deployments of an org, by kind: the objects as the API server sent them. */
export type Companions = Readonly<Record<CompanionKind, readonly unknown[]>>;

/** Kinds of which an agent may have objects beside its Deployment, with the lists that they are in below a namespace. */
export const COMPANION_LISTS = {
    PersistentVolumeClaim: "/api/v1/namespaces/NAMESPACE/persistentvolumeclaims",
    PodDisruptionBudget: "/apis/policy/v1/namespaces/NAMESPACE/poddisruptionbudgets",
    HorizontalPodAutoscaler: "/apis/autoscaling/v2/namespaces/NAMESPACE/horizontalpodautoscalers",
    ServiceAccount: "/api/v1/namespaces/NAMESPACE/serviceaccounts",
} as const;

/** One of them. */
export type CompanionKind = keyof typeof COMPANION_LISTS;

/** An object that the program declares for an agent, and that is there already. */
export interface ImportedCompanion {
    readonly kind: Exclude<CompanionKind, "HorizontalPodAutoscaler">;
    readonly name: string;
}

/** What an agent has beside its Deployment. */
export interface AgentCompanions {
    /** In an org's file's words. */
    readonly words: Fields;
    /** The claims that an org's file can say: name → its words. */
    readonly claims: ReadonlyMap<string, Fields>;
    readonly imported: readonly ImportedCompanion[];
    /** What an org's file cannot say, with why. */
    readonly lost: readonly string[];
}

/** Nothing beside the Deployments. */
export const NO_COMPANIONS: Companions = {
    PersistentVolumeClaim: [],
    PodDisruptionBudget: [],
    HorizontalPodAutoscaler: [],
    ServiceAccount: [],
};

/** Reads what an agent has beside its Deployment. Pure. */
export function companionsOf(
    deployment: unknown,
    all: readonly unknown[],
    companions: Companions,
): AgentCompanions {
    const autoscaler = autoscalerOf(deployment, companions);
    const account = accountOf(deployment, companions);
    const maxReplicas = autoscaler.maxReplicas ?? fieldsOf(fieldsOf(deployment)["spec"])["replicas"] ?? 1;
    // With one pod the program declares no budget, and leaves alone what is there.
    const budget = Number(maxReplicas) > 1 ? budgetOf(deployment, companions) : NOTHING;
    const claims = claimsOf(deployment, all, companions);
    return {
        words: { ...autoscaler.words, ...account.words, ...budget.words },
        claims,
        imported: [
            ...account.imported,
            ...budget.imported,
            ...[...claims.keys()].map((name) => ({ kind: "PersistentVolumeClaim", name }) as const),
        ],
        lost: [...autoscaler.lost, ...budget.lost],
    };
}

type Found = Pick<AgentCompanions, "words" | "imported" | "lost">;
const NOTHING: Found = { words: {}, imported: [], lost: [] };

/** Who decides how many pods it has, where that is somebody else. */
function autoscalerOf(deployment: unknown, companions: Companions): Found & { maxReplicas?: number } {
    const name = nameOf(deployment);
    const own = companions.HorizontalPodAutoscaler.filter((item) => {
        const { kind, name: target } = fieldsOf(fieldsOf(fieldsOf(item)["spec"])["scaleTargetRef"]);
        return kind === "Deployment" && target === name;
    });
    if (own.length === 0) {
        return NOTHING;
    }
    const maxReplicas = Math.max(
        ...own.map((item) => Number(fieldsOf(fieldsOf(item)["spec"])["maxReplicas"])),
    );
    const autoscaler = { maxReplicas };
    if (profileWords.autoscaler.safeParse(autoscaler).success) {
        return { ...NOTHING, maxReplicas, words: { autoscaler } };
    }
    const names = own.map((item) => `"${nameOf(item)}"`).join(", ");
    return {
        ...NOTHING,
        maxReplicas,
        lost: [
            `its HorizontalPodAutoscaler ${names}: goes up to ${maxReplicas} pods, and an org's file says at most 50`,
        ],
    };
}

/** The ServiceAccount of its own, by which it is somebody to the cloud. */
function accountOf(deployment: unknown, companions: Companions): Found {
    const pod = templateOf(deployment);
    const account = fieldsOf(pod["spec"])["serviceAccountName"];
    const found = companions.ServiceAccount.find((item) => nameOf(item) === account);
    // An agent's own objects have the name of its Deployment.
    const own = nameOf(deployment);
    if (found === undefined || account === undefined || account === SHARED_ACCOUNT) {
        return NOTHING;
    }
    const serviceAccountAnnotations = ownAnnotations(found);
    return account === own
        ? {
              ...NOTHING,
              words: { serviceAccountAnnotations },
              imported: [{ kind: "ServiceAccount", name: own }],
          }
        : isNothing(serviceAccountAnnotations)
          ? NOTHING
          : { ...NOTHING, words: { serviceAccountAnnotations } };
}

/** The ServiceAccount that all agents of an org run as, but those with one of their own. */
const SHARED_ACCOUNT = "agent";

/** What the org's file says of the ServiceAccount that its agents share. */
export function sharedAccountAnnotations(companions: Companions): Fields | undefined {
    const found = companions.ServiceAccount.find((item) => nameOf(item) === SHARED_ACCOUNT);
    const annotations = found === undefined ? {} : ownAnnotations(found);
    return isNothing(annotations) ? undefined : annotations;
}

function ownAnnotations(item: unknown): Fields {
    const { annotations } = fieldsOf(fieldsOf(item)["metadata"]);
    return Object.fromEntries(
        Object.entries(fieldsOf(annotations)).filter(
            ([key]) => !/^(kubectl\.kubernetes\.io|pulumi\.com)\//.test(key),
        ),
    );
}

/** How many of its pods may be evicted at once. */
function budgetOf(deployment: unknown, companions: Companions): Found {
    const labels = fieldsOf(fieldsOf(templateOf(deployment)["metadata"])["labels"]) as Record<string, string>;
    const own = companions.PodDisruptionBudget.filter((item) => {
        const { selector } = fieldsOf(fieldsOf(item)["spec"]);
        const { matchLabels, matchExpressions } = fieldsOf(selector);
        const wanted = {
            matchLabels: fieldsOf(matchLabels) as Record<string, string>,
            matchExpressions: listOf(matchExpressions).map(({ key, operator, values }) => ({
                key: String(key),
                operator: String(operator),
                values: Array.isArray(values) ? values.map(String) : [],
            })),
        };
        // An empty one is of all pods: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/pod-disruption-budget-v1/
        return (selector !== undefined && isNothing(selector)) || selects(wanted, labels);
    });
    const name = nameOf(deployment);
    const [first] = [...own].sort((a) => (nameOf(a) === name ? -1 : 1));
    if (first === undefined) {
        return NOTHING;
    }
    const podDisruptionBudget = pick(fieldsOf(fieldsOf(first)["spec"]), ["maxUnavailable", "minAvailable"]);
    const sayable = profileWords.podDisruptionBudget.safeParse(podDisruptionBudget).success;
    return {
        words: sayable ? { podDisruptionBudget } : {},
        imported: nameOf(first) === name ? [{ kind: "PodDisruptionBudget", name }] : [],
        lost: own
            .filter((item) => nameOf(item) !== name)
            .map(
                (item) =>
                    `its PodDisruptionBudget "${nameOf(item)}": the program has one of its own, "${name}", and Kubernetes evicts no pod that two have; ` +
                    "expected it deleted, or of that name",
            ),
    };
}

/** Its claims, in the words of a volume. One that another agent has too would be declared twice. */
function claimsOf(
    deployment: unknown,
    all: readonly unknown[],
    companions: Companions,
): ReadonlyMap<string, Fields> {
    const others = new Set(all.filter((item) => item !== deployment).flatMap(claimNames));
    return new Map(
        claimNames(deployment).flatMap((name): [string, Fields][] => {
            const found = companions.PersistentVolumeClaim.find((item) => nameOf(item) === name);
            const claim = found === undefined || others.has(name) ? undefined : claimWords(found);
            return claim === undefined ? [] : [[name, claim]];
        }),
    );
}

function claimNames(deployment: unknown): readonly string[] {
    return listOf(fieldsOf(templateOf(deployment)["spec"])["volumes"]).flatMap((volume) => {
        const { claimName } = fieldsOf(volume["persistentVolumeClaim"]);
        return typeof claimName === "string" ? [claimName] : [];
    });
}

function claimWords(item: unknown): Fields | undefined {
    const { metadata, spec } = fieldsOf(item);
    const { accessModes, resources, storageClassName, volumeMode, volumeName, ...rest } = fieldsOf(spec);
    const [accessMode, second] = Array.isArray(accessModes) ? (accessModes as unknown[]) : [];
    const { requests, limits } = fieldsOf(resources);
    // A volume that somebody chose by hand is in the claim's own words, and could be in no other's.
    const chosen =
        volumeName !== undefined &&
        fieldsOf(fieldsOf(metadata)["annotations"])["pv.kubernetes.io/bound-by-controller"] !== "yes";
    if (
        second !== undefined ||
        !isNothing(rest) ||
        !isNothing(limits) ||
        (volumeMode ?? "Filesystem") !== "Filesystem" ||
        chosen
    ) {
        return undefined;
    }
    return {
        size: fieldsOf(requests)["storage"],
        ...(storageClassName !== undefined && { storageClass: storageClassName }),
        ...(accessMode !== "ReadWriteOnce" && { accessMode }),
    };
}

function nameOf(item: unknown): string {
    return String(fieldsOf(fieldsOf(item)["metadata"])["name"]);
}

function templateOf(deployment: unknown): Fields {
    return fieldsOf(fieldsOf(fieldsOf(deployment)["spec"])["template"]);
}
