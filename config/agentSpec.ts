import { z } from "zod";
import { imageOverrideSchema } from "../images/imageOverride";
import { runtimeNameSchema } from "../images/runtimeImages";
import { type Profile, checkProfile, profileWords } from "./agent/profileSchema";
import { labelsSchema } from "./agent/schedulingWords";
import { agentNameSchema } from "./kubernetesNames";

/** One agent of an org, as its org's file has it: its name, its runtime, and whatever differs from the layers before. */
export const agentSpecSchema = z
    .strictObject({
        name: agentNameSchema,
        /** Whose pin it follows: a runtime of the reference stack. */
        runtime: runtimeNameSchema,
        ...profileWords,
        /**
         * The selector of a Deployment that was made by hand and adopted: it can never be changed, and another one would mean
         * another Deployment. Left out for every agent that was born here.
         */
        adoptedSelector: labelsSchema
            .refine((labels) => Object.keys(labels).length > 0, "expected at least one label")
            .optional(),
        /** Holds this agent on an image of its own. */
        imageOverride: imageOverrideSchema.optional(),
    })
    .superRefine(checkProfile);

/** One agent of an org. */
export type AgentSpec = z.infer<typeof agentSpecSchema>;

/** The words of an agent that layers share, without its name, its runtime and what is its alone. */
export function profileOf(agent: object): Profile {
    return Object.fromEntries(Object.entries(agent).filter(([word]) => Object.hasOwn(profileWords, word)));
}
