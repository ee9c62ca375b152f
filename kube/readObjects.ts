import { z } from "zod";
import { readImage } from "../images/imageReference";
import { ANNOTATIONS } from "../images/metadata";
import type { LiveDeployment, LiveNamespace, LivePod } from "./liveObjects";

/** An object, or what is wrong with what the API server sent. */
export type ReadObject<T> =
    { readonly ok: true; readonly object: T } | { readonly ok: false; readonly problem: string };

// The API leaves out what is empty and sends null for an empty list of an old object: both are read as empty.
export const or = <T extends z.ZodType>(schema: T, empty: z.output<T>) =>
    schema.nullish().transform((value) => value ?? empty);
const text = or(z.string(), "");
const count = or(z.number(), 0);
const flag = or(z.boolean(), false);
const texts = or(z.record(z.string(), z.string()), {});
const list = <T extends z.ZodType>(item: T) => or(z.array(item), []);

/** The metadata of any object. */
export const metadataSchema = z.object({
    name: z.string().min(1),
    namespace: text,
    uid: text,
    resourceVersion: text,
    labels: texts,
    annotations: texts,
    generation: count,
    managedFields: z.unknown().optional(),
    deletionTimestamp: text,
    ownerReferences: list(z.object({ kind: text, name: text, controller: flag })),
});
const containers = list(z.object({ name: text, image: text.transform(readImage) }));
const expressions = list(z.object({ key: text, operator: text, values: list(z.string()) }));
const selector = or(z.object({ matchLabels: texts, matchExpressions: expressions }), {
    matchLabels: {},
    matchExpressions: [],
});
/** The containers of a pod or of a template of pods. */
export const podSpecSchema = or(z.object({ containers, initContainers: containers }), {
    containers: [],
    initContainers: [],
});
const statuses = list(
    z.object({
        name: text,
        // Behind a prefix of the container runtime: `docker-pullable://`.
        imageID: text.transform((id) => readImage(id.replace(/^[a-z-]+:\/\//, ""))),
        ready: flag,
        restartCount: count,
        state: z
            .object({
                waiting: z.object({ reason: text, message: text }).nullish(),
                running: z.object({ startedAt: text }).nullish(),
            })
            .nullish(),
    }),
);

const namespaceSchema = z.object({ metadata: metadataSchema });
const deploymentSchema = z.object({
    metadata: metadataSchema.omit({ ownerReferences: true }),
    spec: z.object({
        replicas: or(z.number(), 1),
        paused: flag,
        selector,
        template: z.object({ spec: podSpecSchema }),
    }),
    status: z
        .object({
            observedGeneration: count,
            replicas: count,
            updatedReplicas: count,
            availableReplicas: count,
            conditions: list(z.object({ type: text, status: text, reason: text, message: text })),
        })
        .nullish(),
});
const podSchema = z.object({
    metadata: metadataSchema,
    spec: podSpecSchema,
    status: z
        .object({
            phase: text,
            containerStatuses: statuses,
            initContainerStatuses: statuses,
            conditions: list(z.object({ type: text, status: text, lastTransitionTime: text })),
        })
        .nullish(),
});

/** Reads a namespace out of a list. Never throws. */
export function readNamespace(item: unknown): ReadObject<LiveNamespace> {
    const parsed = namespaceSchema.safeParse(item);
    if (!parsed.success) {
        return unreadable("namespace", item, parsed.error);
    }
    const { name, uid, labels, deletionTimestamp } = parsed.data.metadata;
    return { ok: true, object: { name, uid, labels, deleting: deletionTimestamp !== "" } };
}

/** Reads a Deployment. Never throws. */
export function readDeployment(item: unknown): ReadObject<LiveDeployment> {
    const parsed = deploymentSchema.safeParse(item);
    if (!parsed.success) {
        return unreadable("Deployment", item, parsed.error);
    }
    const { metadata: meta, spec, status } = parsed.data;
    const { annotations, managedFields, deletionTimestamp, ...named } = meta;
    const { template, ...said } = spec;
    return {
        ok: true,
        object: {
            ...named,
            ...said,
            ...template.spec,
            annotations: ownAnnotations(annotations),
            annotated: Object.keys(annotations).length > 0,
            imageManagers: readImageManagers(managedFields),
            deleting: deletionTimestamp !== "",
            observedGeneration: status?.observedGeneration ?? 0,
            updatedReplicas: status?.updatedReplicas ?? 0,
            availableReplicas: status?.availableReplicas ?? 0,
            totalReplicas: status?.replicas ?? 0,
            conditions: Object.fromEntries(
                (status?.conditions ?? []).map(({ type, ...rest }) => [type, rest]),
            ),
        },
    };
}

/** Reads a pod out of a list. Never throws. */
export function readPod(item: unknown): ReadObject<LivePod> {
    const parsed = podSchema.safeParse(item);
    if (!parsed.success) {
        return unreadable("pod", item, parsed.error);
    }
    const { metadata: meta, spec, status } = parsed.data;
    const read = (from: z.infer<typeof statuses>) =>
        from.map(({ name, imageID, ready, restartCount, state }) => ({
            name,
            imageID,
            ready,
            restarts: restartCount,
            startedAt: state?.running?.startedAt ?? "",
            waitingReason: state?.waiting?.reason ?? "",
            waitingMessage: state?.waiting?.message ?? "",
        }));
    return {
        ok: true,
        object: {
            namespace: meta.namespace,
            name: meta.name,
            labels: meta.labels,
            owner: ownerOf(meta),
            containers: spec.containers,
            initContainers: spec.initContainers,
            statuses: read(status?.containerStatuses ?? []),
            initStatuses: read(status?.initContainerStatuses ?? []),
            phase: status?.phase ?? "",
            readySince:
                status?.conditions.find((each) => each.type === "Ready" && each.status === "True")
                    ?.lastTransitionTime ?? "",
            deleting: meta.deletionTimestamp !== "",
        },
    };
}

/** The controller that an object belongs to; a pod's is the Deployment whose template it was made from, where its labels tell. */
export function ownerOf({
    ownerReferences,
    labels,
}: Pick<z.infer<typeof metadataSchema>, "ownerReferences" | "labels">): LivePod["owner"] {
    const found = ownerReferences.find(({ controller }) => controller);
    const hash = labels["pod-template-hash"];
    return found?.kind === "ReplicaSet" && hash !== undefined && found.name.endsWith(`-${hash}`)
        ? { kind: "Deployment", name: found.name.slice(0, -hash.length - 1) }
        : found && { kind: found.kind, name: found.name };
}

// fieldsV1 as far as a container's image: https://kubernetes.io/docs/reference/using-api/server-side-apply/
const managedFieldsSchema = z.array(
    z.object({
        manager: text,
        fieldsV1: z
            .object({
                "f:spec": z.object({
                    "f:template": z.object({
                        "f:spec": z.object({ "f:containers": z.record(z.string(), z.unknown()) }),
                    }),
                }),
            })
            .optional()
            .catch(undefined),
    }),
);

function readImageManagers(managedFields: unknown): Readonly<Record<string, readonly string[]>> {
    const managers: Record<string, string[]> = {};
    for (const { manager, fieldsV1 } of managedFieldsSchema.safeParse(managedFields).data ?? []) {
        const containers = fieldsV1?.["f:spec"]["f:template"]["f:spec"]["f:containers"] ?? {};
        for (const [key, fields] of Object.entries(containers)) {
            const name = /^k:\{"name":"([^"]*)"\}$/.exec(key)?.[1];
            if (name !== undefined && typeof fields === "object" && fields !== null && "f:image" in fields) {
                (managers[name] ??= []).push(manager);
            }
        }
    }
    return managers;
}

/** Only what is ours: `last-applied-configuration` and the like can be as large as the object. */
function ownAnnotations(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const prefix = ANNOTATIONS.release.slice(0, ANNOTATIONS.release.indexOf("/") + 1);
    return Object.fromEntries(Object.entries(annotations).filter(([key]) => key.startsWith(prefix)));
}

/** Says what is wrong with an object of a kind. */
export function unreadable(kind: string, item: unknown, error: z.ZodError): { ok: false; problem: string } {
    const { name, namespace } = ((item as { metadata?: unknown } | null)?.metadata ?? {}) as {
        name?: unknown;
        namespace?: unknown;
    };
    const place = [namespace, name].filter((part) => typeof part === "string").join("/");
    const issue = error.issues[0];
    return {
        ok: false,
        problem: `the ${kind} "${place}" cannot be read: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "unknown shape"}`,
    };
}
