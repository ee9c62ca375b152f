import { type ImageChoice, chooseImage } from "../images/chooseImage";
import { type PinnedReference, formatImageReference } from "../images/imageReference";
import { type AskRegistry, resolveDigest } from "../images/resolveDigest";
import type { RuntimeImages } from "../images/runtimeImages";
import type { AgentSpec } from "./agentSpec";
import { ConfigError } from "./configError";
import type { LoadedStack } from "./loadStack";
import type { OrgSpec } from "./orgSpec";
import { ownValue } from "./ownValue";

/** One agent with the image that it will run: always a digest. */
export interface AgentImage extends Omit<ImageChoice, "image"> {
    readonly image: PinnedReference;
    /** The reference that was written, where a tag had to be resolved. */
    readonly resolvedFrom?: string;
}

/** An org with the image of each of its agents, in the file's order. */
export interface OrgImages {
    readonly org: OrgSpec;
    readonly agents: readonly { readonly agent: AgentSpec; readonly image: AgentImage }[];
}

/**
 * Chooses the image of every agent of a stack, and resolves those that are tags. An org that is being offboarded has none.
 *
 * @throws ConfigError with the problems of all agents together, DigestError when a tag cannot be resolved
 */
export async function chooseAgentImages(
    stack: LoadedStack,
    pins: RuntimeImages,
    now: Date,
    ask?: AskRegistry,
): Promise<readonly OrgImages[]> {
    const { config, orgs } = stack;
    const problems: string[] = [];
    const chosen = orgs.map((org) => ({
        org,
        agents: (org.offboarding === undefined ? org.agents : []).flatMap((agent) => {
            const answer = chooseImage({
                org: org.slug,
                agent: agent.name,
                runtime: agent.runtime,
                agentOverride: agent.imageOverride,
                orgOverride: ownValue(org.imageOverrides, agent.runtime),
                stackOverride: ownValue(config.imageOverrides, agent.runtime),
                pins,
                referenceStack: config.referenceStack,
                lastResort: ownValue(config.lastResortImages, agent.runtime),
                now,
            });
            if (!answer.ok) {
                problems.push(answer.problem);
                return [];
            }
            return [{ agent, choice: answer.choice }];
        }),
    }));
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }

    const digests = new Map<string, Promise<PinnedReference>>();
    const pin = async (choice: ImageChoice): Promise<AgentImage> => {
        if (choice.image.digest !== undefined) {
            return { ...choice, image: await resolveDigest(choice.image) };
        }
        const written = formatImageReference(choice.image);
        // One question for each tag, however many agents have it: two answers could differ.
        const digest = digests.get(written) ?? resolveDigest(choice.image, ask);
        digests.set(written, digest);
        return { ...choice, image: await digest, resolvedFrom: written };
    };
    return Promise.all(
        chosen.map(async ({ org, agents }) => ({
            org,
            agents: await Promise.all(
                agents.map(async ({ agent, choice }) => ({ agent, image: await pin(choice) })),
            ),
        })),
    );
}
