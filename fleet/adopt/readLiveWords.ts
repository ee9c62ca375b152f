import type { z } from "zod";
import { type Profile, profileWords } from "../../config/agent/profileSchema";
import { AGENT_CONTAINER, AGENT_DEPLOYMENT_PREFIX } from "../../images/metadata";
import type { AgentCompanions } from "./companions";
import { type Fields, fieldsOf, isNothing, listOf, pick, without } from "./fields";
import { readContainer, readContainerWords } from "./readContainer";
import { inPods } from "./rolloutShares";

/** What the API server fills in where nobody said anything, and a file leaves to it. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
    terminationGracePeriodSeconds: 30,
    minReadySeconds: 0,
    progressDeadlineSeconds: 600,
};

/** Words of the pod that a file says as Kubernetes does. */
const POD_WORDS = [
    "terminationGracePeriodSeconds",
    "runtimeClassName",
    "nodeSelector",
    "tolerations",
    "affinity",
    "priorityClassName",
] as const;

/** Words whose entries are said one by one: what cannot be said of one keeps no other from being said. */
const MAPS: ReadonlySet<string> = new Set([
    "podLabels",
    "podAnnotations",
    "nodeSelector",
    "securityContext",
    "volumes",
    "sidecars",
]);

/**
 * Reads what a live Deployment says of its agent beyond its image, variables, resources and probes, in an org's file's words. Pure; what
 * has no word, or another form than its word takes, is left out, and found missing when the Deployment is compared with the program's.
 *
 * @param companions what the agent has beside its Deployment
 */
export function readLiveWords(spec: Fields, container: Fields, companions: OwnCompanions): Profile {
    const template = fieldsOf(spec["template"]);
    const pod = fieldsOf(template["spec"]);
    const { labels, annotations } = fieldsOf(template["metadata"]);
    const found: Record<string, unknown> = {
        ...readContainerWords(container),
        ...pick(pod, POD_WORDS),
        ...pick(spec, ["minReadySeconds", "progressDeadlineSeconds"]),
        securityContext: securityOf(pod, container),
        topologySpreadConstraints: listOf(pod["topologySpreadConstraints"]).map((one) =>
            without(one, { labelSelector: one["labelSelector"] }),
        ),
        strategy: strategyOf(spec, companions),
        podLabels: without(fieldsOf(labels), fieldsOf(fieldsOf(spec["selector"])["matchLabels"])),
        podAnnotations: annotations,
        volumes: volumesOf(pod, container, companions),
        ...companions.words,
    };
    const said = sayableWords(found);
    // A sidecar's mount of a directory that only it has.
    const sidecars = Object.entries(sidecarsOf(pod)).filter(([, { volumeMounts = [] }]) =>
        volumeMounts.every(({ name }) => Object.hasOwn(said.volumes ?? {}, String(name))),
    );
    return { ...said, ...sayableWords({ sidecars: Object.fromEntries(sidecars) }) };
}

/** What an agent has beside its Deployment, as far as it is said with it. */
export interface OwnCompanions extends Pick<AgentCompanions, "words" | "claims"> {
    /** The agent's name. */
    readonly name: string;
}

function sayableWords(found: Fields): Profile {
    return Object.fromEntries(
        Object.entries(found).flatMap(([word, value]): [string, unknown][] => {
            const sayable = MAPS.has(word) ? sayableEntries(word, fieldsOf(value)) : value;
            // Annotations of a ServiceAccount that has none: it is one of the agent's own all the same.
            const nothing = isNothing(sayable) && word !== "serviceAccountAnnotations";
            return nothing || sayable === undefined || DEFAULTS[word] === sayable || !isSayable(word, sayable)
                ? []
                : [[word, sayable]];
        }),
    );
}

function isSayable(word: string, value: unknown): boolean {
    const schema: z.ZodType = profileWords[word as keyof typeof profileWords];
    return schema.safeParse(value).success;
}

function sayableEntries(word: string, entries: Fields): Fields {
    return Object.fromEntries(
        Object.entries(entries).filter(
            ([key, value]) => !key.startsWith("kubectl.kubernetes.io/") && isSayable(word, { [key]: value }),
        ),
    );
}

/** How its pods follow each other, where somebody said so. A claim that one pod at a time can have leaves no choice. */
function strategyOf(spec: Fields, { words, claims }: OwnCompanions): unknown {
    const strategy = inPods(fieldsOf(spec["strategy"]), spec["replicas"], words["autoscaler"] !== undefined);
    const { type, rollingUpdate } = strategy;
    const isDefault = Object.values(fieldsOf(rollingUpdate)).every((value) => value === "25%");
    const single = [...claims.values()].some((claim) => claim["accessMode"] !== "ReadWriteMany");
    return type === "Recreate" ? { type } : isDefault || single ? undefined : strategy;
}

/** Who the agent runs as: what the container says before what the pod says. */
function securityOf(pod: Fields, container: Fields): Fields {
    return pick({ ...fieldsOf(pod["securityContext"]), ...fieldsOf(container["securityContext"]) }, [
        "runAsUser",
        "runAsGroup",
        "fsGroup",
        "fsGroupChangePolicy",
        "supplementalGroups",
        "readOnlyRootFilesystem",
    ]);
}

const VOLUME_SOURCES: ReadonlySet<string> = new Set(["emptyDir", "configMap", "secret"]);

/** The volumes that the agent mounts in one place. */
function volumesOf(pod: Fields, container: Fields, { name: agent, claims }: OwnCompanions): Fields {
    const mounts = listOf(container["volumeMounts"]);
    return Object.fromEntries(
        listOf(pod["volumes"]).flatMap((volume): [string, unknown][] => {
            const [mount, second] = mounts.filter(({ name }) => name === volume["name"]);
            if (mount === undefined || second !== undefined) {
                return [];
            }
            // An empty emptyDir is one all the same.
            const source = Object.entries(volume).filter(([kind]) => VOLUME_SOURCES.has(kind));
            const said = source.map(([kind, value]) => [
                kind,
                // 0644, which the API server fills in.
                without(fieldsOf(value), { defaultMode: 0o644 }),
            ]);
            const name = String(volume["name"]);
            const claimName = String(fieldsOf(volume["persistentVolumeClaim"])["claimName"]);
            const claim = claims.get(claimName);
            // Named where the program would call it otherwise.
            const named =
                claimName === `${AGENT_DEPLOYMENT_PREFIX}${agent}-${name}` ? {} : { name: claimName };
            return [
                [
                    name,
                    {
                        ...pick(mount, ["mountPath", "subPath", "readOnly"]),
                        ...Object.fromEntries(said),
                        ...(claim !== undefined && { claim: { ...claim, ...named } }),
                    },
                ],
            ];
        }),
    );
}

/** The containers beside the agent, whatever their images: which may be is the stack's to say. */
function sidecarsOf(pod: Fields): Readonly<Record<string, Fields & { volumeMounts?: readonly Fields[] }>> {
    const sidecars = listOf(pod["containers"]).filter(({ name }) => name !== AGENT_CONTAINER);
    return Object.fromEntries(
        sidecars.map((container) => {
            const words = { ...readContainerWords(container), ...readContainer(container) };
            const volumeMounts = listOf(container["volumeMounts"]).map((mount) =>
                without(mount, { readOnly: false }),
            );
            const said = { image: container["image"], ...words, volumeMounts };
            // As a file has it, which says nothing of what is undefined.
            const written = JSON.parse(JSON.stringify(said)) as Fields;
            return [String(container["name"]), pick(written, Object.keys(written))];
        }),
    );
}
