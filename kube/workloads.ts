import { z } from "zod";
import type { RetryPolicy } from "../lib/http/retry";
import { ApiError } from "./apiError";
import type { KubeClient } from "./kubeClient";
import { listAll } from "./listAll";
import type { LiveContainer, LiveDeployment, LivePod } from "./liveObjects";
import { type ReadObject, metadataSchema, or, ownerOf, podSpecSchema, unreadable } from "./readObjects";

/** Something that starts pods, or a pod that nothing starts again. */
export interface LiveWorkload {
    /** `Deployment`, `StatefulSet`, `CronJob`, `Pod`; the controller's own word where it is none of Kubernetes'. */
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    /** Of its template, init containers first; none where a controller's own list was not read. */
    readonly containers: readonly LiveContainer[];
    /** The controller that made it. */
    readonly owner?: LivePod["owner"];
    /** Whether it has ended and starts nothing any more. */
    readonly finished?: boolean;
    /** Its pods that have not ended, those of a CronJob's Jobs among them. */
    readonly pods: readonly LivePod[];
}

/** The kinds with a template of pods besides Deployments, and where they are listed. ReplicaSets are known by their pods. */
const KINDS: readonly (readonly [kind: string, path: string])[] = [
    ["StatefulSet", "/apis/apps/v1/statefulsets"],
    ["DaemonSet", "/apis/apps/v1/daemonsets"],
    ["Job", "/apis/batch/v1/jobs"],
    ["CronJob", "/apis/batch/v1/cronjobs"],
    ["ReplicationController", "/api/v1/replicationcontrollers"],
];

const template = or(z.object({ spec: podSpecSchema }), { spec: { containers: [], initContainers: [] } });
const conditions = or(z.array(z.object({ type: z.string(), status: z.string() })), []);
const workloadSchema = z.object({
    metadata: metadataSchema,
    spec: z.object({ template, jobTemplate: z.object({ spec: z.object({ template }) }).nullish() }),
    status: z.object({ conditions }).nullish(),
});

function readWorkload(kind: string, item: unknown): ReadObject<LiveWorkload> {
    const parsed = workloadSchema.safeParse(item);
    if (!parsed.success) {
        return unreadable(kind, item, parsed.error);
    }
    const { metadata, spec, status } = parsed.data;
    const { name, namespace, labels } = metadata;
    const { containers, initContainers } = (spec.jobTemplate?.spec.template ?? spec.template).spec;
    const ended = (status?.conditions ?? []).some(
        (each) => each.status === "True" && (each.type === "Complete" || each.type === "Failed"),
    );
    return {
        ok: true,
        object: {
            kind,
            name,
            namespace,
            labels,
            containers: [...initContainers, ...containers],
            owner: ownerOf(metadata),
            finished: kind === "Job" && ended,
            pods: [],
        },
    };
}

/**
 * Lists what runs pods besides Deployments, over all namespaces: one paged list a kind. A kind that this user may not list is a
 * problem and no end: its pods are found all the same, by the controller that they name.
 */
export async function listWorkloads(
    client: KubeClient,
    options: { readonly retry?: RetryPolicy; readonly signal?: AbortSignal },
): Promise<{ readonly workloads: readonly LiveWorkload[]; readonly problems: readonly string[] }> {
    const problems: string[] = [];
    const lists = await Promise.all(
        KINDS.map(async ([kind, path]) => {
            try {
                return await listAll(client, { path, ...options }, (item) => readWorkload(kind, item));
            } catch (error) {
                if (!(error instanceof ApiError)) {
                    throw error;
                }
                problems.push(`no ${kind} was compared: ${error.message}`);
                return [];
            }
        }),
    );
    const workloads = lists.flat().flatMap((read) => {
        if (!read.ok) {
            problems.push(read.problem);
            return [];
        }
        return [read.object];
    });
    return { workloads, problems };
}

/** A Deployment as a workload like others. */
export function asWorkload({
    namespace,
    name,
    labels,
    containers,
    initContainers,
}: LiveDeployment): LiveWorkload {
    return {
        kind: "Deployment",
        namespace,
        name,
        labels,
        containers: [...initContainers, ...containers],
        pods: [],
    };
}

/**
 * Brings workloads and pods together: each pod belongs to the controller at the end of its chain of owners, and is a workload of
 * its own where it has none. What a controller made is not listed beside it, nor is what has ended. Pure.
 */
export function joinWorkloads(
    workloads: readonly LiveWorkload[],
    pods: readonly LivePod[],
): readonly LiveWorkload[] {
    const keyOf = (namespace: string, { kind, name }: NonNullable<LivePod["owner"]>) =>
        `${namespace}/${kind}/${name}`;
    const known = new Map(workloads.map((one) => [keyOf(one.namespace, one), one]));
    const rootOf = ({ namespace, name, owner }: LivePod) => {
        let root = owner ?? { kind: "Pod", name };
        for (let depth = 0; depth < 5; depth++) {
            root = known.get(keyOf(namespace, root))?.owner ?? root;
        }
        return root;
    };
    const alive = pods.filter(({ phase }) => phase !== "Succeeded" && phase !== "Failed");
    const podsOf = Map.groupBy(alive, (pod) => keyOf(pod.namespace, rootOf(pod)));
    for (const [key, [first]] of podsOf) {
        if (first !== undefined && !known.has(key)) {
            const { namespace, labels } = first;
            known.set(key, { ...rootOf(first), namespace, labels, containers: [], pods: [] });
        }
    }
    return [...known].flatMap(([key, workload]) => {
        const own = podsOf.get(key) ?? [];
        const gone = workload.owner !== undefined || (workload.finished === true && own.length === 0);
        return gone ? [] : [{ ...workload, pods: own }];
    });
}
