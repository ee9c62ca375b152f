import { z } from "zod";
import { AGENT_CONTAINER, AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX } from "../images/metadata";

/** What an update would do to one object. */
export interface ResourceChange {
    readonly urn: string;
    /** `Deployment`, `Namespace` */
    readonly kind: string;
    /** `update`, `create`, `delete`, `replace` */
    readonly operation: "create" | "update" | "delete" | "replace" | "import";
    readonly namespace: string | undefined;
    readonly name: string | undefined;
    /** The org's slug, for objects of an org. */
    readonly org: string | undefined;
    /** The agent's name, for its Deployment. */
    readonly agent: string | undefined;
    /** The agent's image before and after, where both are known and differ. */
    readonly image: { readonly from: string | undefined; readonly to: string | undefined } | undefined;
    /** Paths of the properties that change. */
    readonly paths: readonly string[];
}

/** The engine's operations on an object; reads, components and what stays the same are none. */
const OPERATIONS: Readonly<Record<string, ResourceChange["operation"]>> = {
    create: "create",
    update: "update",
    delete: "delete",
    "create-replacement": "replace",
    replace: "replace",
    "delete-replaced": "replace",
    import: "import",
    "import-replacement": "replace",
};

const inputsSchema = z.object({
    metadata: z.object({ name: z.string().optional(), namespace: z.string().optional() }).optional(),
    spec: z
        .object({
            template: z
                .object({
                    spec: z
                        .object({
                            containers: z
                                .array(
                                    z.object({ name: z.string().optional(), image: z.string().optional() }),
                                )
                                .optional(),
                        })
                        .optional(),
                })
                .optional(),
        })
        .optional()
        .catch(undefined),
});

/** The part of the engine's step metadata that is looked at. */
export interface StepMetadata {
    readonly op: string;
    readonly urn: string;
    readonly type: string;
    readonly old?: { readonly inputs?: unknown };
    readonly new?: { readonly inputs?: unknown };
    readonly diffs?: readonly string[];
    readonly detailedDiff?: Readonly<Record<string, unknown>>;
}

/** Reads a step of the engine; `undefined` for one that changes no object of a cluster. Never throws. */
export function readChange(step: StepMetadata): ResourceChange | undefined {
    const operation = OPERATIONS[step.op];
    if (operation === undefined || !step.type.startsWith("kubernetes:")) {
        return undefined;
    }
    const before = inputsSchema.safeParse(step.old?.inputs).data;
    const after = inputsSchema.safeParse(step.new?.inputs).data;
    const kind = step.type.split(":").at(-1) ?? step.type;
    const { name, namespace } = after?.metadata ?? before?.metadata ?? {};
    const place = kind === "Namespace" ? name : namespace;
    const org =
        place?.startsWith(ORG_NAMESPACE_PREFIX) === true
            ? place.slice(ORG_NAMESPACE_PREFIX.length)
            : undefined;
    const from = agentImage(before);
    const to = agentImage(after);
    return {
        urn: step.urn,
        kind,
        operation,
        namespace,
        name,
        org,
        agent:
            org !== undefined && kind === "Deployment" && name?.startsWith(AGENT_DEPLOYMENT_PREFIX) === true
                ? name.slice(AGENT_DEPLOYMENT_PREFIX.length)
                : undefined,
        image: from === to ? undefined : { from, to },
        paths:
            Object.keys(step.detailedDiff ?? {}).length > 0
                ? Object.keys(step.detailedDiff ?? {})
                : [...(step.diffs ?? [])],
    };
}

function agentImage(inputs: z.infer<typeof inputsSchema> | undefined): string | undefined {
    return inputs?.spec?.template?.spec?.containers?.find(({ name }) => name === AGENT_CONTAINER)?.image;
}
