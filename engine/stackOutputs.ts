import { z } from "zod";
import { type FoundImage, readImage } from "../images/imageReference";
import { describeIssues } from "../lib/text/describeIssues";
import { MendableError } from "../lib/text/mendableError";
/** A stack's outputs, as the engine prints them: any JSON. */
export type StackOutputs = Readonly<Record<string, unknown>>;

// Loose: a newer program may say more about an agent.
const agentsSchema = z.record(
    z.string(),
    z.record(
        z.string(),
        z.looseObject({
            image: z.string().transform(readImage),
            source: z.string(),
            runtime: z.string(),
            release: z.string().optional(),
            heldUntil: z.string().optional(),
            heldBy: z.string().optional(),
        }),
    ),
);

/**
 * Reads the output `agents` of a customer-orgs stack.
 *
 * @throws MendableError when it is missing or of another shape; all problems together
 */
export function readDeployedAgents(outputs: StackOutputs, stack: string): readonly DeployedAgent[] {
    const { agents } = outputs;
    if (agents === undefined) {
        throw new MendableError(
            `the stack "${stack}" has no output "agents": expected a customer-orgs stack that was deployed`,
        );
    }
    const parsed = agentsSchema.safeParse(agents);
    if (!parsed.success) {
        throw new MendableError(
            `the output "agents" of the stack "${stack}" cannot be used:\n` +
                describeIssues(parsed.error, agents)
                    .map((problem) => `  - agents.${problem}`)
                    .join("\n"),
        );
    }
    return Object.entries(parsed.data).flatMap(([org, ofOrg]) =>
        Object.entries(ofOrg).map(([agent, { image, source, runtime, release, heldUntil, heldBy }]) => ({
            stack,
            org,
            agent,
            image,
            source,
            runtime,
            release,
            heldUntil,
            heldBy,
        })),
    );
}

/** The cluster that a stack was applied to; `undefined` where it does not say. */
export function readClusterUid(outputs: StackOutputs): string | undefined {
    const { clusterUid } = outputs;
    return typeof clusterUid === "string" ? clusterUid : undefined;
}

/** What Pulumi last deployed for one agent: an entry of a stack's output `agents`. */
export interface DeployedAgent {
    readonly stack: string;
    readonly org: string;
    readonly agent: string;
    readonly runtime: string;
    readonly image: FoundImage;
    readonly source: string;
    readonly release?: string;
    readonly heldUntil?: string;
    readonly heldBy?: string;
}
