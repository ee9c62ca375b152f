import type { z } from "zod";
import { type Profile, profileWords } from "../../config/agent/profileSchema";
import { type Fields, fieldsOf, listOf } from "./fields";

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
]);

/**
 * Reads what a live Deployment says of its agent beyond its image, variables, resources and probes, in an org's file's words. Pure; what
 * has no word, or another form than its word takes, is left out, and found missing when the Deployment is compared with the program's.
 */
export function readLiveWords(spec: Fields, container: Fields): Profile {
    const template = fieldsOf(spec["template"]);
    const pod = fieldsOf(template["spec"]);
    const { labels, annotations } = fieldsOf(template["metadata"]);
    const found: Record<string, unknown> = {
        ...pick(container, ["command", "args", "workingDir", "envFrom"]),
        ...pick(pod, POD_WORDS),
        ...pick(spec, ["minReadySeconds", "progressDeadlineSeconds"]),
        ports: listOf(container["ports"]).map((port) => without(port, { protocol: "TCP" })),
        preStop: fieldsOf(container["lifecycle"])["preStop"],
        securityContext: securityOf(pod, container),
        topologySpreadConstraints: listOf(pod["topologySpreadConstraints"]).map((one) =>
            without(one, { labelSelector: one["labelSelector"] }),
        ),
        strategy: strategyOf(spec),
        podLabels: without(fieldsOf(labels), fieldsOf(fieldsOf(spec["selector"])["matchLabels"])),
        podAnnotations: annotations,
        volumes: volumesOf(pod, container),
    };
    return Object.fromEntries(
        Object.entries(found).flatMap(([word, value]): [string, unknown][] => {
            const sayable = MAPS.has(word) ? sayableEntries(word, fieldsOf(value)) : value;
            return isNothing(sayable) || DEFAULTS[word] === sayable || !isSayable(word, sayable)
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

/** How its pods follow each other, where somebody said so. */
function strategyOf(spec: Fields): unknown {
    const { type, rollingUpdate } = fieldsOf(spec["strategy"]);
    const isDefault = Object.values(fieldsOf(rollingUpdate)).every((value) => value === "25%");
    return type === "Recreate" ? { type } : isDefault ? undefined : spec["strategy"];
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
function volumesOf(pod: Fields, container: Fields): Fields {
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
            return [
                [
                    String(volume["name"]),
                    { ...pick(mount, ["mountPath", "subPath", "readOnly"]), ...Object.fromEntries(said) },
                ],
            ];
        }),
    );
}

function pick(from: Fields, words: readonly string[]): Fields {
    return Object.fromEntries(words.flatMap((word) => (isNothing(from[word]) ? [] : [[word, from[word]]])));
}

/** Fields without those that have exactly these values. */
function without(from: Fields, values: Fields): Fields {
    return Object.fromEntries(
        Object.entries(from).filter(([key, value]) => !Object.hasOwn(values, key) || values[key] !== value),
    );
}

/** What an API server leaves out or sends empty. */
function isNothing(value: unknown): boolean {
    return (
        value === undefined ||
        value === null ||
        (typeof value === "object" && Object.keys(value).length === 0)
    );
}
