import { z } from "zod";
import { objectNameSchema } from "../kubernetesNames";
import { intBetween, refuse, refuseRepeated } from "../refinements";

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
export const labelKeySchema = z
    .string()
    .regex(
        /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
        "expected a label's key",
    );
export const labelValueSchema = z
    .string()
    .regex(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, "expected a label's value");

export const labelsSchema = z.record(labelKeySchema, labelValueSchema);

const selectorRequirement = z
    .strictObject({
        key: labelKeySchema,
        operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
        values: z.array(labelValueSchema).optional(),
    })
    .refine(({ operator, values = [] }) => operator.endsWith("In") === values.length > 0, {
        path: ["values"],
        message: 'expected values for "In" and "NotIn", and none for "Exists" and "DoesNotExist"',
    });

/** Which objects: by labels that they have, and by conditions on them. An empty one selects all. */
export const labelSelectorSchema = z.strictObject({
    matchLabels: labelsSchema.optional(),
    matchExpressions: z.array(selectorRequirement).optional(),
});

const nodeRequirement = z
    .strictObject({
        key: labelKeySchema,
        operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]),
        values: z.array(labelValueSchema).optional(),
    })
    .refine(
        ({ operator, values = [] }) =>
            /^[GL]t$/.test(operator)
                ? values.length === 1 && /^-?\d+$/.test(values[0] ?? "")
                : operator.endsWith("In") === values.length > 0,
        {
            path: ["values"],
            message:
                'expected values for "In" and "NotIn", one whole number for "Gt" and "Lt", and none for "Exists" and "DoesNotExist"',
        },
    );
/** A node's name is the one field that Kubernetes can match. */
const nodeName = z.strictObject({
    key: z.literal("metadata.name", 'expected "metadata.name"'),
    operator: z.enum(["In", "NotIn"]),
    values: z.array(objectNameSchema).length(1, "expected one node's name"),
});
const nodeTerm = z.strictObject({
    matchExpressions: z.array(nodeRequirement).optional(),
    matchFields: z.array(nodeName).optional(),
});
const weightSchema = intBetween(1, 100);
const podTerm = z.strictObject({
    labelSelector: labelSelectorSchema.optional(),
    topologyKey: labelKeySchema,
    namespaces: z.array(objectNameSchema).optional(),
    namespaceSelector: labelSelectorSchema.optional(),
    matchLabelKeys: z.array(labelKeySchema).optional(),
    mismatchLabelKeys: z.array(labelKeySchema).optional(),
});
const podAffinitySchema = z.strictObject({
    requiredDuringSchedulingIgnoredDuringExecution: z.array(podTerm).optional(),
    preferredDuringSchedulingIgnoredDuringExecution: z
        .array(z.strictObject({ weight: weightSchema, podAffinityTerm: podTerm }))
        .optional(),
});
const affinitySchema = z.strictObject({
    nodeAffinity: z
        .strictObject({
            requiredDuringSchedulingIgnoredDuringExecution: z
                .strictObject({ nodeSelectorTerms: z.array(nodeTerm).min(1, "expected a term") })
                .optional(),
            preferredDuringSchedulingIgnoredDuringExecution: z
                .array(z.strictObject({ weight: weightSchema, preference: nodeTerm }))
                .optional(),
        })
        .optional(),
    podAffinity: podAffinitySchema.optional(),
    podAntiAffinity: podAffinitySchema.optional(),
});

const tolerationSchema = z
    .strictObject({
        key: labelKeySchema.optional(),
        operator: z.enum(["Exists", "Equal"]).optional(),
        value: labelValueSchema.optional(),
        effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
        tolerationSeconds: z.int().min(0).optional(),
    })
    .superRefine(({ key, operator, value, effect, tolerationSeconds }, context) => {
        if (key === undefined && operator !== "Exists") {
            refuse(context, ["key"], 'expected the taint\'s key, or "operator: Exists" for every taint');
        }
        if (operator === "Exists" && value !== undefined) {
            refuse(context, ["value"], 'expected none beside "operator: Exists"');
        }
        if (tolerationSeconds !== undefined && effect !== "NoExecute") {
            refuse(context, ["tolerationSeconds"], 'expected "effect: NoExecute" beside it');
        }
    });

/** Spreads an agent's own pods; whose they are is filled in. */
const spreadSchema = z
    .strictObject({
        maxSkew: z.int().min(1, "expected 1 or more"),
        topologyKey: labelKeySchema,
        whenUnsatisfiable: z.enum(["DoNotSchedule", "ScheduleAnyway"]),
        minDomains: z.int().min(1).optional(),
        nodeAffinityPolicy: z.enum(["Honor", "Ignore"]).optional(),
        nodeTaintsPolicy: z.enum(["Honor", "Ignore"]).optional(),
    })
    .refine(
        ({ minDomains, whenUnsatisfiable }) =>
            minDomains === undefined || whenUnsatisfiable === "DoNotSchedule",
        {
            path: ["minDomains"],
            message: 'expected "whenUnsatisfiable: DoNotSchedule" beside it',
        },
    );

/** The words that say where an agent's pods may run, and before whom. */
export const schedulingWords = {
    /** A sandbox for code that a model wrote: gVisor, Kata. */
    runtimeClassName: objectNameSchema.optional(),
    nodeSelector: labelsSchema.optional(),
    tolerations: z.array(tolerationSchema).optional(),
    affinity: affinitySchema.optional(),
    topologySpreadConstraints: z
        .array(spreadSchema)
        .superRefine((constraints, context) => {
            refuseRepeated(
                constraints.map(
                    ({ topologyKey, whenUnsatisfiable }) => `${topologyKey}, ${whenUnsatisfiable}`,
                ),
                context,
            );
        })
        .optional(),
    priorityClassName: objectNameSchema.optional(),
} as const;
