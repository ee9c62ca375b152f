import { z } from "zod";
import { exactlyOneOf, intBetween, refuse } from "../refinements";
import { checkVariables, containerWords, plainTextSchema } from "./containerWords";
import { labelKeySchema, labelValueSchema, schedulingWords } from "./schedulingWords";
import { sidecarNameSchema, sidecarSchema } from "./sidecarWords";
import { imagePathSchema, volumeNameSchema, volumeSchema } from "./volumeWords";

const idSchema = intBetween(1, 2 ** 31 - 1, "expected the number of a user or group, 1 or more: 0 is root");

/** Labels by which the platform finds its own: nobody else may set them. */
const OWN_KEY = /^(customer-orgs|app\.kubernetes\.io|pod-security\.kubernetes\.io|pulumi\.com)\//;

const podMetadataKeySchema = labelKeySchema.refine(
    (key) => !OWN_KEY.test(key),
    'expected a key outside of "customer-orgs/", "app.kubernetes.io/" and "pulumi.com/", which are the platform\'s',
);

const replicasSchema = intBetween(0, 50);

const budgetSchema = z
    .strictObject({ maxUnavailable: replicasSchema.optional(), minAvailable: replicasSchema.optional() })
    .refine(...exactlyOneOf("maxUnavailable", "minAvailable"));

const strategySchema = z
    .strictObject({
        type: z.enum(["RollingUpdate", "Recreate"]),
        rollingUpdate: z
            .strictObject({ maxSurge: replicasSchema.optional(), maxUnavailable: replicasSchema.optional() })
            .refine(({ maxSurge = 1, maxUnavailable = 0 }) => maxSurge + maxUnavailable > 0, {
                message: "expected one of the two above 0, or nothing is ever rolled",
            })
            .optional(),
    })
    .refine(({ type, rollingUpdate }) => type === "RollingUpdate" || rollingUpdate === undefined, {
        path: ["rollingUpdate"],
        message: 'expected none beside "type: Recreate"',
    });

/**
 * The words that a stack's defaults, a runtime, an org and an agent may all say; the nearest wins. Kubernetes' own words and
 * shapes, but that what Kubernetes lists under names is a map here, so that layers can meet.
 */
export const profileWords = {
    /** Pods. */
    replicas: replicasSchema.optional(),
    /** Leaves the number of pods to somebody else's autoscaler, which goes no higher than this. */
    autoscaler: z.strictObject({ maxReplicas: replicasSchema }).optional(),
    ...containerWords,
    /** Paths that the image must contain; checked before the agent starts. */
    bootGate: z.array(imagePathSchema).optional(),
    /** Seconds that a pod must stay ready before it counts: an image that dies soon after its start is not rolled out. */
    minReadySeconds: intBetween(0, 3600).optional(),
    /** Seconds in which a rollout must make progress before it counts as failed. */
    progressDeadlineSeconds: intBetween(10, 3600).optional(),
    /** Seconds that a pod has to finish what it does: a release must not kill a running task. */
    terminationGracePeriodSeconds: intBetween(1, 86_400).optional(),
    strategy: strategySchema.optional(),
    podDisruptionBudget: budgetSchema.optional(),
    securityContext: z
        .strictObject({
            runAsUser: idSchema.optional(),
            runAsGroup: idSchema.optional(),
            fsGroup: idSchema.optional(),
            fsGroupChangePolicy: z.enum(["OnRootMismatch", "Always"]).optional(),
            supplementalGroups: z.array(idSchema).optional(),
            readOnlyRootFilesystem: z.boolean().optional(),
        })
        .optional(),
    ...schedulingWords,
    podLabels: z.record(podMetadataKeySchema, labelValueSchema).optional(),
    podAnnotations: z.record(podMetadataKeySchema, plainTextSchema).optional(),
    /** Who the agent is to a cloud's identity service: where anything is said, it has a ServiceAccount of its own. */
    serviceAccountAnnotations: z.record(labelKeySchema, plainTextSchema).optional(),
    /** Name → directory. */
    volumes: z.record(volumeNameSchema, volumeSchema).optional(),
    /** Name → container beside the agent. */
    sidecars: z.record(sidecarNameSchema, sidecarSchema).optional(),
} as const;

/** What is wrong with one layer by itself, whoever wrote it. */
export function checkProfile(
    profile: z.infer<z.ZodObject<typeof profileWords>>,
    context: z.RefinementCtx,
): void {
    checkVariables(profile, context);
    if (profile.replicas !== undefined && profile.autoscaler !== undefined) {
        refuse(context, ["autoscaler"], '"replicas" is there too; expected one of the two');
    }
}

/** What one layer says of an agent. Unknown keys fail. */
export const profileSchema = z.strictObject(profileWords).superRefine(checkProfile);

/** What one layer says of an agent. */
export type Profile = z.infer<typeof profileSchema>;
