import { type ImageChoice, type ImageQuestion, chooseImage } from "../images/chooseImage";
import { type PinnedReference, formatImageReference } from "../images/imageReference";
import { type AskRegistry, resolveDigest } from "../images/resolveDigest";
import type { RuntimeImages } from "../images/runtimeImages";
import type { AgentSpec } from "./agentSpec";
import { ConfigError } from "../lib/text/configError";
import { quoteNames } from "../lib/text/quoteValue";
import type { LoadedStack } from "./loadStack";
import { type OrgSpec, agentsOf } from "./orgSpec";
import { type Veto, type VetoesByDigest, describeVeto } from "./vetoes";

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

/** What the choice depends on besides files and pins. */
export interface ChooseOptions {
    /** The moment at which overrides are judged. */
    readonly now: Date;
    /** Digests that nothing may be deployed with, wherever the image comes from. */
    readonly vetoes: VetoesByDigest;
    /** See {@link ImageQuestion.deployed}. */
    readonly deployed?: ImageQuestion["deployed"];
    /** Asks a registry for a tag's digest. Default: through the docker provider. */
    readonly ask?: AskRegistry;
}

/**
 * Chooses the image of every agent of a stack, and resolves those that are tags. An org that is being offboarded has none.
 *
 * @throws ConfigError with the problems of all agents together, MendableError when a tag cannot be resolved
 */
export async function chooseAgentImages(
    stack: Pick<LoadedStack, "config" | "orgs">,
    pins: RuntimeImages,
    { now, vetoes, deployed, ask }: ChooseOptions,
): Promise<readonly OrgImages[]> {
    const { config, orgs } = stack;
    const problems: string[] = [];
    const chosen = orgs.map((org) => ({
        org,
        agents: agentsOf(org).flatMap((agent) => {
            const answer = chooseImage({ org, agent, stack: config, pins, deployed, now });
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
    const pin = async (choice: ImageChoice, where: string): Promise<AgentImage> => {
        if (choice.image.digest !== undefined) {
            return { ...choice, image: await resolveDigest(choice.image, where) };
        }
        const written = formatImageReference(choice.image);
        // One question for each tag, however many agents have it: two answers could differ.
        const digest = digests.get(written) ?? resolveDigest(choice.image, where, ask);
        digests.set(written, digest);
        return { ...choice, image: await digest, resolvedFrom: written };
    };
    const images = await Promise.all(
        chosen.map(async ({ org, agents }) => ({
            org,
            agents: await Promise.all(
                agents.map(async ({ agent, choice }) => ({
                    agent,
                    image: await pin(choice, `org "${org.slug}", agent "${agent.name}"`),
                })),
            ),
        })),
    );
    refuseVetoed(images, config.referenceStack, vetoes);
    return images;
}

/** Judged after tags were resolved, since only a digest can be vetoed. A vetoed pin is one problem, however many agents follow it. */
function refuseVetoed(
    orgs: readonly OrgImages[],
    referenceStacks: readonly string[],
    vetoes: VetoesByDigest,
): void {
    const problems: string[] = [];
    const followers = new Map<
        string,
        { readonly veto: Veto; readonly image: string; readonly agents: string[] }
    >();
    for (const { org, agents } of orgs) {
        for (const { agent, image } of agents) {
            const veto = vetoes.get(image.image.digest);
            if (veto === undefined) {
                continue;
            }
            const written = formatImageReference(image.image);
            if (image.source === "pin") {
                const found = followers.get(agent.runtime) ?? { veto, image: written, agents: [] };
                found.agents.push(`${org.slug}/${agent.name}`);
                followers.set(agent.runtime, found);
            } else {
                problems.push(
                    `org "${org.slug}", agent "${agent.name}": the image "${written}" (${image.source}) is refused: ${describeVeto(veto)}; ` +
                        "expected another image, or none to follow the platform's pin",
                );
            }
        }
    }
    for (const [runtime, { veto, image, agents }] of followers) {
        const more = agents.length > 3 ? ` and ${agents.length - 3} more` : "";
        problems.push(
            `the reference stack ${quoteNames(referenceStacks)} pins the runtime "${runtime}" to "${image}", which is refused for ` +
                `${agents.slice(0, 3).join(", ")}${more}: ${describeVeto(veto)}; "fleet rollback" moves the pin`,
        );
    }
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
}
