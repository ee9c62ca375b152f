import { z } from "zod";
import type { ImageSource } from "../images/chooseImage";
import { type FoundImage, formatImageReference, readImage } from "../images/imageReference";
import { describeIssues } from "../lib/text/describeIssues";
import { MendableError } from "../lib/text/mendableError";
import type { OrgImages } from "./chooseAgentImages";

/** One agent in the stack's output `agents`. */
export interface AgentOutput {
    /** What its Deployment runs: `repository[:tag]@digest`. */
    readonly image: string;
    readonly source: ImageSource;
    readonly runtime: string;
    /** The pin's release; absent unless the source is `pin`. */
    readonly release?: string;
    /** The last day of the override (`YYYY-MM-DD`, UTC) and who answers for it; absent unless the source is an override. */
    readonly heldUntil?: string;
    readonly heldBy?: string;
    /** The mutable reference that a last resort was resolved from. */
    readonly lastResortOf?: string;
}

/** Org → agent → what it runs and why: the stack's output `agents`. An agent that a release does not change does not change here. */
export function describeAgents(
    orgs: readonly OrgImages[],
): Readonly<Record<string, Readonly<Record<string, AgentOutput>>>> {
    return Object.fromEntries(
        orgs.map(({ org, agents }) => [
            org.slug,
            Object.fromEntries(
                agents.map(({ agent, image }): [string, AgentOutput] => [
                    agent.name,
                    {
                        image: formatImageReference(image.image),
                        source: image.source,
                        runtime: agent.runtime,
                        ...(image.release === undefined ? {} : { release: image.release }),
                        ...(image.override === undefined
                            ? {}
                            : { heldUntil: image.override.expires, heldBy: image.override.owner }),
                        ...(image.source === "last-resort" && image.resolvedFrom !== undefined
                            ? { lastResortOf: image.resolvedFrom }
                            : {}),
                    },
                ]),
            ),
        ]),
    );
}

const deployedSchema = z.object({
    image: z.string().transform(readImage),
    source: z.string(),
    runtime: z.string(),
    release: z.string().optional(),
    heldUntil: z.string().optional(),
    heldBy: z.string().optional(),
});

/** What a stack says that it deployed for one agent: an entry of its output `agents`. */
export interface DeployedAgent extends z.infer<typeof deployedSchema> {
    readonly stack: string;
    readonly org: string;
    readonly agent: string;
    /** Every container of its template, init containers too; absent where only outputs were read. */
    readonly containers?: readonly { readonly name: string; readonly image: FoundImage }[];
}

const outputSchema = z.record(z.string(), z.record(z.string(), deployedSchema));

/**
 * Reads the output `agents` of a customer-orgs stack. A newer program may say more about an agent.
 *
 * @throws MendableError when it is missing or of another shape; all problems together
 */
export function readDeployedAgents(output: unknown, stack: string): readonly DeployedAgent[] {
    if (output === undefined) {
        throw new MendableError(
            `the stack "${stack}" has no output "agents": expected a customer-orgs stack that was deployed`,
        );
    }
    const parsed = outputSchema.safeParse(output);
    if (!parsed.success) {
        throw new MendableError(
            `the output "agents" of the stack "${stack}" cannot be used:\n` +
                describeIssues(parsed.error, output)
                    .map((problem) => `  - agents.${problem}`)
                    .join("\n"),
        );
    }
    return Object.entries(parsed.data).flatMap(([org, agents]) =>
        Object.entries(agents).map(([agent, entry]) => ({ stack, org, agent, ...entry })),
    );
}
