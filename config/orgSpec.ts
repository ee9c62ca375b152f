import { z } from "zod";
import { imageOverrideSchema } from "../images/imageOverride";
import { byRuntime } from "../images/runtimeImages";
import { plainTextSchema } from "./agent/containerWords";
import { profileSchema } from "./agent/profileSchema";
import { agentSpecSchema } from "./agentSpec";
import { labelKeySchema } from "./agent/schedulingWords";
import { trafficSchema } from "./network";
import { slugSchema } from "./kubernetesNames";
import { quotaSchema } from "./quota";
import { refuse } from "./refinements";

/** What an org without agents says: an empty list is more often a slip of the editor than a wish. */
export const NO_AGENTS = "none";

const agentListSchema = z
    .array(agentSpecSchema, { error: `expected a list of agents, or "${NO_AGENTS}"` })
    .min(1, `expected at least one agent, or "agents: ${NO_AGENTS}" for an org without any`)
    .max(50, "expected at most 50 agents");

const agentsSchema = z.unknown().transform((value, context): z.infer<typeof agentListSchema> => {
    if (value === NO_AGENTS) {
        return [];
    }
    const parsed = agentListSchema.safeParse(value);
    if (parsed.success) {
        return parsed.data;
    }
    context.issues.push(...parsed.error.issues.map((issue) => ({ ...issue, input: value }) as never));
    return z.NEVER;
});

/** One customer org: what `orgs/<environment>/<slug>.yaml` may say. Unknown keys fail. */
export const orgSpecSchema = z
    .strictObject({
        /** The org's name in the cluster, and its file's name. Never changed: a rename is a new org. */
        slug: slugSchema,
        /** The customer's name as people write it. */
        displayName: plainTextSchema
            .min(1, "expected the customer's name")
            .max(200, "expected at most 200 characters"),
        agents: agentsSchema,
        /** Holds the org's agents of a runtime on an image of their own: runtime → override. */
        imageOverrides: byRuntime(imageOverrideSchema).optional(),
        /** What the org's agents of a runtime get, before what the stack says of that runtime. */
        runtimes: byRuntime(profileSchema).optional(),
        /** What the org's agents may reach and be reached from, besides what the stack says. */
        network: trafficSchema.optional(),
        /** Annotations of the ServiceAccount that its agents run as: a cloud's workload identity. */
        serviceAccountAnnotations: z.record(labelKeySchema, z.string()).optional(),
        /** Limits that differ from the stack's. */
        quota: quotaSchema.optional(),
        /**
         * The first of the two steps in which an org leaves: its agents are removed and its namespace loses its protection.
         * The second is to delete the file. A file that is deleted without the first is refused by the engine.
         */
        offboarding: z
            .strictObject({
                owner: z.string().min(1, "expected who answers for the offboarding"),
                reason: z.string().min(1, "expected why the org leaves"),
            })
            .optional(),
    })
    .superRefine((org, context) => {
        const seen = new Map<string, number>();
        org.agents.forEach((agent, index) => {
            const first = seen.get(agent.name);
            if (first !== undefined) {
                refuse(
                    context,
                    ["agents", index, "name"],
                    `agents[${first}] has this name too; expected each name once`,
                );
            }
            seen.set(agent.name, first ?? index);
        });
        for (const word of ["runtimes", "imageOverrides"] as const) {
            for (const runtime of org[word]?.keys() ?? []) {
                if (!org.agents.some((agent) => agent.runtime === runtime)) {
                    refuse(
                        context,
                        [word, runtime],
                        "no agent of this org has this runtime; expected the runtime of one of its agents",
                    );
                }
            }
        }
    });

/** One customer org. */
export type OrgSpec = z.infer<typeof orgSpecSchema>;

/** The agents that an org is to have: none once it leaves. */
export function agentsOf({ agents, offboarding }: OrgSpec): OrgSpec["agents"] {
    return offboarding === undefined ? agents : [];
}
