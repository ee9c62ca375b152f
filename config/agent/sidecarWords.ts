import { z } from "zod";
import { parseImageReference } from "../../images/imageReference";
import { dnsLabelSchema } from "../kubernetesNames";
import { refuseRepeated } from "../refinements";
import { checkVariables, containerWords } from "./containerWords";
import { imagePathSchema, relativePathSchema, volumeNameSchema } from "./volumeWords";
import { AGENT_CONTAINER } from "../../images/metadata";

/** A sidecar's image: a digest, whatever the agents' own convention. */
const digestImageSchema = z.string().superRefine((image, context) => {
    const parsed = parseImageReference(image);
    if (!parsed.ok) {
        context.addIssue(`not an image reference: ${parsed.reason}`);
    } else if (parsed.reference.digest === undefined) {
        context.addIssue('expected a digest: "repository[:tag]@sha256:…"');
    }
});

/** A container beside the agent, with an image of its own that no release moves. */
export const sidecarSchema = z
    .strictObject({
        image: digestImageSchema,
        ...containerWords,
        /** The agent's volumes that it sees too. */
        volumeMounts: z
            .array(
                z.strictObject({
                    name: volumeNameSchema,
                    mountPath: imagePathSchema,
                    subPath: relativePathSchema.optional(),
                    readOnly: z.boolean().optional(),
                }),
            )
            .superRefine((mounts, context) => {
                refuseRepeated(
                    mounts.map(({ mountPath }) => mountPath),
                    context,
                );
            })
            .optional(),
    })
    .superRefine(checkVariables);

/** A container beside the agent. */
export type Sidecar = z.infer<typeof sidecarSchema>;

/** A sidecar's name. */
export const sidecarNameSchema = dnsLabelSchema(63, "<sidecar>").refine(
    (name) => name !== AGENT_CONTAINER && name !== "boot-gate",
    `expected another name than "${AGENT_CONTAINER}" and "boot-gate"`,
);
