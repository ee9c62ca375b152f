import { z } from "zod";

/** An object that an interrupted deployment was creating: whether the API server got it, nobody wrote down. */
export interface PendingCreate {
    readonly urn: string;
    /** `apps/v1` */
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
    /** The labels that it was to have. */
    readonly labels: Readonly<Record<string, string>>;
}

/** What an interrupted deployment left in a stack's state. */
export interface PendingOperations {
    readonly objects: readonly PendingCreate[];
    /** Creations of what is no object (components), and other operations; these need no more than to be cleared. */
    readonly others: readonly string[];
}

const stateSchema = z.object({
    pending_operations: z
        .array(
            z.object({
                type: z.string(),
                resource: z.object({
                    urn: z.string(),
                    type: z.string(),
                    inputs: z
                        .object({
                            apiVersion: z.string(),
                            kind: z.string(),
                            metadata: z.object({
                                name: z.string(),
                                namespace: z.string().optional(),
                                labels: z.record(z.string(), z.string()).default({}),
                            }),
                        })
                        .optional()
                        .catch(undefined),
                }),
            }),
        )
        .nullish(),
});

/** Reads the pending operations of a stack's exported state (`pulumi stack export`, the field `deployment`). */
export function readPendingOperations(deployment: unknown): PendingOperations {
    const operations = stateSchema.parse(deployment).pending_operations ?? [];
    const objects: PendingCreate[] = [];
    const others: string[] = [];
    for (const { type, resource } of operations) {
        const { urn, inputs } = resource;
        if (type !== "creating" || !resource.type.startsWith("kubernetes:") || inputs === undefined) {
            others.push(urn);
            continue;
        }
        const { name, namespace, labels } = inputs.metadata;
        const { apiVersion, kind } = inputs;
        objects.push({ urn, apiVersion, kind, name, namespace, labels });
    }
    return { objects, others };
}

/** The id under which the engine imports an object: `namespace/name`, or `name` where it has no namespace. */
export function importId({ name, namespace }: Pick<PendingCreate, "name" | "namespace">): string {
    return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Whether a live object is the one that was being created: it has every label that it was to have. */
export function isOurs(pending: PendingCreate, liveLabels: Readonly<Record<string, string>>): boolean {
    const wanted = Object.entries(pending.labels);
    return wanted.length > 0 && wanted.every(([key, value]) => liveLabels[key] === value);
}

/** A live object as the API server answers it. */
export type LiveObject = Readonly<Record<string, unknown>> & {
    readonly metadata?: {
        readonly labels?: Readonly<Record<string, string>>;
        readonly managedFields?: readonly { readonly manager?: string }[];
    };
};

/** What the provider calls itself in an object's managed fields, with a suffix of each resource's own. */
const FIELD_MANAGER = /^pulumi-kubernetes-/;

/**
 * The state with every pending operation settled: an object that was found is a resource now, with the outputs that the
 * provider would have written, and whatever else was pending is forgotten. The input is left as it is.
 *
 * @param deployment the exported state's field `deployment`
 * @param found URN → the live object
 */
export function settlePending(deployment: unknown, found: ReadonlyMap<string, LiveObject>): unknown {
    const {
        resources = [],
        pending_operations = [],
        ...rest
    } = deployment as {
        resources?: readonly unknown[];
        pending_operations?:
            readonly { resource: { urn: string; inputs?: Record<string, unknown> } }[] | null;
    };
    const created = (pending_operations ?? []).flatMap(({ resource }) => {
        const live = found.get(resource.urn);
        if (live === undefined) {
            return [];
        }
        const { name = "", namespace } = (live.metadata ?? {}) as { name?: string; namespace?: string };
        const manager = live.metadata?.managedFields?.find((field) =>
            FIELD_MANAGER.test(field.manager ?? ""),
        );
        return [
            {
                ...resource,
                id: importId({ name, namespace }),
                outputs: {
                    ...live,
                    __fieldManager: manager?.manager ?? "pulumi-kubernetes",
                    __initialApiVersion: live["apiVersion"],
                    __inputs: resource.inputs,
                },
                // The provider waits for it once more: whether it became ready, nobody saw.
                initErrors: ["the deployment was interrupted while it was created"],
            },
        ];
    });
    return { ...rest, resources: [...resources, ...created] };
}
