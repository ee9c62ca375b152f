import { type AgentImage, chooseAgentImages } from "../../config/chooseAgentImages";
import { refuseDepartedOrgs } from "../../config/departedOrgs";
import type { LoadedStack } from "../../config/loadStack";
import { whatForbids } from "../../config/prohibition";
import type { VetoesByDigest } from "../../config/vetoes";
import { parseImageReference, readImage, withDigest } from "../../images/imageReference";
import { AGENT_DEPLOYMENT_PREFIX } from "../../images/metadata";
import { describeLiveAgent } from "../../kube/liveAgent";
import type { LiveCluster } from "../../kube/readCluster";
import { ConfigError } from "../../lib/text/configError";
import { MendableError } from "../../lib/text/mendableError";
import { deployedAgent, parseOwnOutputs } from "../../proof/ownOutputs";
import { findForbidden, permitImages } from "../../proof/permitImages";
import type { StackFacts } from "../stale/fleetFacts";
import type { FleetRow } from "../stale/fleetReport";
import type { StackContext } from "./findReasons";

/** All that the next update's images depend on. */
export interface UpdateQuestion {
    readonly loaded: LoadedStack;
    readonly stack: StackFacts;
    /** Absent where its cluster was not read. */
    readonly live: LiveCluster | undefined;
    readonly vetoes: VetoesByDigest;
    readonly now: Date;
}

/** The images that the next update of a stack deploys, or why it deploys none, or why that is not known. */
export type PermittedImages =
    | {
          readonly kind: "images";
          /** `acme/coder` → what it gets. */
          readonly images: ReadonlyMap<string, AgentImage>;
          /** `acme/coder` → what its pin or override says, of those that are kept on another image. */
          readonly kept: ReadonlyMap<string, AgentImage>;
      }
    | { readonly kind: "refused"; readonly problems: readonly string[] }
    | { readonly kind: "unknown"; readonly why: string };

/**
 * What the program would choose and permit, by the functions that it calls itself, over the facts that were read: an update is
 * refused for the whole stack, so that one org's problem is everybody's answer.
 */
export async function findPermittedImages(question: UpdateQuestion): Promise<PermittedImages> {
    const { loaded, stack, live, vetoes, now } = question;
    const { config } = loaded;
    if (stack.pins === undefined) {
        return {
            kind: "unknown",
            why: `what ${config.referenceStack.join(" and ")} exports was not read, or not agreed on`,
        };
    }
    if (stack.deployed === undefined && stack.outputs === undefined) {
        return { kind: "unknown", why: `what "${stack.stack}" has deployed was not read` };
    }
    const mustLook = whatForbids(config, now) !== undefined || config.budget !== undefined;
    if (mustLook && live === undefined) {
        return {
            kind: "unknown",
            why: "a pause, a freeze window or a budget holds, and its cluster was not read",
        };
    }
    const before = parseOwnOutputs(stack.outputs ?? {}, stack.stack);
    try {
        refuseDepartedOrgs(loaded, before);
        const chosen = await chooseAgentImages(loaded, stack.pins, {
            now,
            vetoes,
            deployed: (org, agent) => deployedAgent(before, org, agent)?.image,
            ask: askRegistry,
        });
        const permitted = await permitImages(chosen, {
            config,
            before,
            vetoes,
            stackName: stack.stack,
            world: { look: () => Promise.resolve(liveAgents(live)), now: () => now },
            now,
            warn: () => undefined,
        });
        const byName = (orgs: typeof chosen) =>
            new Map(
                orgs.flatMap(({ org, agents }) =>
                    agents.map(({ agent, image }) => [`${org.slug}/${agent.name}`, image] as const),
                ),
            );
        const [wanted, images] = [byName(chosen), byName(permitted)];
        const kept = new Map([...wanted].filter(([name, image]) => images.get(name) !== image));
        return { kind: "images", images, kept };
    } catch (error) {
        if (error instanceof ConfigError) {
            return { kind: "refused", problems: error.problems };
        }
        if (error instanceof MendableError) {
            return { kind: "unknown", why: error.message };
        }
        throw error;
    }
}

/**
 * What the next update of a platform's stack gives to its own agents: the pins, or what they have where a pause or a freeze window
 * forbids to change that.
 *
 * @param rows where the agents are as they run
 */
export function permitCore(
    { facts, platform, now }: Pick<StackContext, "facts" | "platform" | "now">,
    rows: readonly FleetRow[],
): PermittedImages {
    if (platform === undefined || facts.targets === undefined) {
        return { kind: "unknown", why: "the files or the state of its stack were not read" };
    }
    if (facts.deployed === undefined) {
        return { kind: "unknown", why: `what "${facts.stack}" has deployed was not read` };
    }
    const forbids = findForbidden(platform.plan, facts.proof ?? new Map(), now);
    const images = new Map<string, AgentImage>();
    const kept = new Map<string, AgentImage>();
    for (const { org, agent, runtime, chosen } of facts.targets) {
        const name = `${org}/${agent}`;
        const { image, release } = chosen.ok ? chosen.choice : {};
        if (image?.digest === undefined) {
            return { kind: "unknown", why: chosen.ok ? "its pin has no digest yet" : chosen.problem };
        }
        const wanted: AgentImage = { image: withDigest(image), source: "pin", release };
        const row = rows.find((each) => each.org === org && each.agent === agent);
        const live = readImage(row?.live ?? "");
        const stays =
            forbids?.(runtime, wanted.image) !== undefined &&
            !("unreadable" in live) &&
            live.digest !== undefined &&
            live.digest !== wanted.image.digest;
        images.set(name, stays ? { image: withDigest(live), source: "pin" } : wanted);
        if (stays) {
            kept.set(name, wanted);
        }
    }
    return { kind: "images", images, kept };
}

/** The agents of a cluster as the program looks at them. */
function liveAgents(live: LiveCluster | undefined) {
    return new Map(
        (live?.deployments ?? [])
            .filter(({ name }) => name.startsWith(AGENT_DEPLOYMENT_PREFIX))
            .map((one) => [
                `${one.namespace}/${one.name}`,
                describeLiveAgent(
                    one,
                    live?.pods.filter((pod) => pod.namespace === one.namespace),
                ),
            ]),
    );
}

/** A last resort's tag: the registry is asked, and not the docker provider, which only an engine has. */
async function askRegistry(image: string): Promise<string> {
    const { resolveTag } = await import("../../registry/registryClient");
    const parsed = parseImageReference(image);
    if (!parsed.ok) {
        throw new MendableError(`"${image}": ${parsed.reason}`);
    }
    const { repository, tag = "latest" } = parsed.reference;
    const answer = await resolveTag(repository, tag);
    if (!answer.ok) {
        throw new MendableError(answer.trouble);
    }
    return answer.digest;
}
