import { z } from "zod";
import { dnsLabelSchema, objectNameSchema } from "../kubernetesNames";
import { parseQuantity, quantityOf } from "../quantity";
import { exactlyOneOf, intBetween } from "../refinements";

/** A path inside a container. No character has a meaning to a shell, though none is handed to one unquoted. */
export const imagePathSchema = z
    .string()
    .regex(/^(\/[A-Za-z0-9._+-]+)+$/, 'expected an absolute path, such as "/opt/molecule-mcp-server"')
    .refine((text) => !text.split("/").includes(".."), 'expected a path without ".."');

/** A path within a volume. */
export const relativePathSchema = z
    .string()
    .regex(/^[^/].*$/, "expected a relative path")
    .refine((text) => !text.split("/").includes(".."), 'expected a path without ".."');

const modeSchema = intBetween(0, 0o777, "expected a file's mode, 0 to 0o777");

/** What may be said of the files that keys become. */
const files = {
    items: z
        .array(
            z.strictObject({ key: z.string().min(1), path: relativePathSchema, mode: modeSchema.optional() }),
        )
        .optional(),
    optional: z.boolean().optional(),
    defaultMode: modeSchema.optional(),
};

const claimSchema = z.strictObject({
    /** What it can hold: counted against `requests.storage` of the quota. Grown where the storage class allows it, never shrunk. */
    size: quantityOf("storage").refine((size) => parseQuantity(size) > 0, "expected more than nothing"),
    /** The cluster's default when left out. */
    storageClass: objectNameSchema.optional(),
    /** One pod on one node at a time (the default), one pod alone, or many. */
    accessMode: z.enum(["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"]).optional(),
    /** The claim's own name, where an agent was renamed: `agent-<agent>-<volume>` when left out. */
    name: objectNameSchema.optional(),
});

/** A directory that an agent finds at a path; exactly one source. */
export const volumeSchema = z
    .strictObject({
        mountPath: imagePathSchema,
        subPath: relativePathSchema.optional(),
        readOnly: z.boolean().optional(),
        /** Scratch space that ends with the pod. */
        emptyDir: z
            .strictObject({
                sizeLimit: quantityOf("storage").optional(),
                medium: z.literal("Memory", 'expected "Memory", or nothing for the node\'s disk').optional(),
            })
            .optional(),
        /** Files from a ConfigMap in the agent's namespace. */
        configMap: z.strictObject({ name: objectNameSchema, ...files }).optional(),
        /** Files from a Secret in the agent's namespace. */
        secret: z.strictObject({ secretName: objectNameSchema, ...files }).optional(),
        /** State that outlives a release: a claim of the agent's own, which nothing here ever deletes. */
        claim: claimSchema.optional(),
    })
    .refine(...exactlyOneOf("emptyDir", "configMap", "secret", "claim"));

/** A directory of an agent. */
export type Volume = z.infer<typeof volumeSchema>;

/** A claim of an agent. */
export type Claim = z.infer<typeof claimSchema>;

/** Whether pods on two nodes can never have a claim at the same time. */
export function isSingle({ accessMode }: Claim): boolean {
    return accessMode !== "ReadWriteMany";
}

/** A volume's name, by which layers meet. */
export const volumeNameSchema = dnsLabelSchema(40, "agent-<agent>-<volume>");
