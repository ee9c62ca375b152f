import type { ImageSource } from "../images/chooseImage";
import { formatImageReference } from "../images/imageReference";
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
