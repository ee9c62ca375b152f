import type { z } from "zod";
import { type Profile, profileWords } from "../../config/agent/profileSchema";

type Fields = Readonly<Record<string, unknown>>;

/** What a live Deployment has beyond its image, variables, resources and probes, in an org's file's words. */
export interface LiveWords {
    readonly words: Profile;
    /** What the file cannot say, and an update may therefore take away. */
    readonly unsaid: readonly string[];
}

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

/** What a pod may have of its node, and an agent never. */
const OF_THE_NODE = ["hostNetwork", "hostPID", "hostIPC", "hostUsers", "hostAliases", "dnsConfig"] as const;

/** Reads what else a live Deployment says of its agent. Pure; whatever has no word, or another form than its word takes, is `unsaid`. */
export function readLiveWords(spec: Fields, container: Fields): LiveWords {
    const template = fieldsOf(spec["template"]);
    const pod = fieldsOf(template["spec"]);
    const unsaid: string[] = [];
    const found: Record<string, unknown> = {
        ...pick(container, ["command", "args", "workingDir", "envFrom"]),
        ...pick(pod, POD_WORDS),
        ...pick(spec, ["minReadySeconds", "progressDeadlineSeconds"]),
        ports: listOf(container["ports"])?.map((port) => without(port, { protocol: "TCP" })),
        preStop: fieldsOf(container["lifecycle"])["preStop"],
        securityContext: securityOf(pod, container),
        topologySpreadConstraints: listOf(pod["topologySpreadConstraints"])?.map((one) =>
            without(one, { labelSelector: one["labelSelector"] }),
        ),
        strategy: fieldsOf(spec["strategy"])["type"] === "Recreate" ? { type: "Recreate" } : undefined,
        podAnnotations: ownAnnotations(fieldsOf(template["metadata"])),
        volumes: volumesOf(pod, container, unsaid),
    };
    const words: Record<string, unknown> = {};
    for (const [word, value] of Object.entries(found)) {
        if (isNothing(value) || DEFAULTS[word] === value) {
            continue;
        }
        const schema: z.ZodType = profileWords[word as keyof typeof profileWords];
        if (schema.safeParse(value).success) {
            words[word] = value;
        } else {
            unsaid.push(`its "${word}", which an org's file cannot say as it is`);
        }
    }
    if (!isNothing(fieldsOf(container["lifecycle"])["postStart"])) {
        unsaid.push('its "postStart" handler');
    }
    for (const word of OF_THE_NODE) {
        if (!isNothing(pod[word]) && pod[word] !== false) {
            unsaid.push(`its "${word}"`);
        }
    }
    return { words: words, unsaid };
}

const VOLUME_SOURCES: ReadonlySet<string> = new Set(["emptyDir", "configMap", "secret"]);

/** Who the agent runs as: what the container says before what the pod says. */
function securityOf(pod: Fields, container: Fields): Fields {
    const all = { ...fieldsOf(pod["securityContext"]), ...fieldsOf(container["securityContext"]) };
    return pick(all, [
        "runAsUser",
        "runAsGroup",
        "fsGroup",
        "fsGroupChangePolicy",
        "supplementalGroups",
        "readOnlyRootFilesystem",
    ]);
}

/** Annotations that people gave; the time of a restart by hand is none. */
function ownAnnotations({ annotations }: Fields): Fields {
    return Object.fromEntries(
        Object.entries(fieldsOf(annotations)).filter(([key]) => key !== "kubectl.kubernetes.io/restartedAt"),
    );
}

function volumesOf(pod: Fields, container: Fields, unsaid: string[]): Fields {
    const mounts = listOf(container["volumeMounts"]) ?? [];
    return Object.fromEntries(
        (listOf(pod["volumes"]) ?? []).flatMap((volume): [string, unknown][] => {
            const name = String(volume["name"]);
            const own = mounts.filter((mount) => mount["name"] === name);
            // An empty emptyDir is one all the same.
            const source = Object.entries(volume).filter(([kind]) => VOLUME_SOURCES.has(kind));
            const said = {
                ...pick(own[0] ?? {}, ["mountPath", "subPath", "readOnly"]),
                ...Object.fromEntries(
                    source.map(([kind, value]) => [
                        kind,
                        // 0644, which the API server fills in.
                        without(fieldsOf(value), { defaultMode: 0o644 }),
                    ]),
                ),
            };
            const parsed = profileWords.volumes.safeParse({ [name]: said });
            if (own.length === 1 && parsed.success) {
                return [[name, said]];
            }
            const claim = fieldsOf(volume["persistentVolumeClaim"])["claimName"];
            unsaid.push(
                `volume "${name}"${typeof claim === "string" ? ` of the claim "${claim}", which is not the program's to adopt` : ""}`,
            );
            return [];
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

function fieldsOf(value: unknown): Fields {
    return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function listOf(value: unknown): readonly Fields[] | undefined {
    return Array.isArray(value) ? value.map(fieldsOf) : undefined;
}

/** What an API server leaves out or sends empty. */
function isNothing(value: unknown): boolean {
    return (
        value === undefined ||
        value === null ||
        (typeof value === "object" && Object.keys(value).length === 0)
    );
}
