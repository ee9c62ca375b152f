import type { OrgImages } from "../config/chooseAgentImages";
import { type Prohibitions, holds, whatForbids } from "../config/prohibition";
import type { StackConfig } from "../config/stackConfig";
import { type VetoesByDigest, describeVeto } from "../config/vetoes";
import { type PinnedReference, formatImageReference } from "../images/imageReference";
import { AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX } from "../images/metadata";
import type { LiveAgents } from "../kube/readAgents";
import { ConfigError } from "../lib/text/configError";
import { keepImage } from "./keepImage";
import { type OwnOutputs, deployedAgent } from "./ownOutputs";
import type { ProofRecord } from "./proofRecord";
import type { RolloutWorld } from "./rolloutWorld";
import { messageOf } from "../lib/text/mendableError";

/** Why the agents of a runtime may not be moved to an image now; `undefined` where they may. */
export type Forbids = (runtime: string, image: PinnedReference) => string | undefined;

/**
 * What a pause or a freeze window forbids a stack now; `undefined` where nothing is forbidden. A freeze window lets everybody go
 * back to what ran here before: a rollback must be possible on the day when it counts.
 */
export function findForbidden(config: Prohibitions, before: ProofRecord, now: Date): Forbids | undefined {
    const forbidden = whatForbids(config, now);
    return (
        forbidden &&
        ((runtime, { digest }) => {
            const proven = before.get(runtime)?.proven;
            const ranHere = proven?.image.digest === digest || proven?.earlier.includes(digest) === true;
            return forbidden.kind === "freeze" && ranHere ? undefined : forbidden.why;
        })
    );
}

/**
 * The agents of the cluster as they are now, for whoever must know what was deployed last.
 *
 * @throws ConfigError when they cannot be read
 */
export async function readLastDeployed(world: RolloutWorld, file: string): Promise<LiveAgents> {
    try {
        return await world.look();
    } catch (error) {
        const why = messageOf(error);
        throw new ConfigError([
            `${file}: a pause, a freeze window or a budget holds, and what was deployed last cannot be read: ${why}`,
        ]);
    }
}

/** What the images of a stack's agents depend on besides the choice itself. */
export interface PermitOptions {
    readonly config: Pick<StackConfig, "pause" | "breakGlass" | "freeze" | "budget">;
    readonly before: OwnOutputs;
    /** Digests that nothing may be deployed with, kept or not. */
    readonly vetoes: VetoesByDigest;
    readonly stackName: string;
    /** All agents of the cluster. */
    readonly world: RolloutWorld;
    readonly now: Date;
    /** Is told who stays on another image than was chosen. */
    readonly warn: (text: string) => void;
}

/**
 * The images that a stack may deploy now: those that were chosen, or the last ones where a pause or a freeze window forbids to
 * change any, and of no more orgs than its budget allows.
 *
 * @throws ConfigError with all problems, before anything is declared
 */
export async function permitImages(
    orgs: readonly OrgImages[],
    { config, before, vetoes, stackName, world, now, warn }: PermitOptions,
): Promise<readonly OrgImages[]> {
    const forbids = findForbidden(config, before.proof, now);
    const budget = holds(config.breakGlass, now) ? undefined : config.budget;
    if (forbids === undefined && budget === undefined) {
        return orgs;
    }
    const file = `Pulumi.${stackName}.yaml`;
    const live = await readLastDeployed(world, file);
    const problems: string[] = [];
    const staying: string[] = [];
    const permitted = orgs.map(({ org, agents }) => ({
        org,
        agents: agents.map(({ agent, image }) => {
            const { runtime } = agent;
            const why = forbids?.(runtime, image.image);
            if (why === undefined) {
                return { agent, image };
            }
            const kept = keepImage({
                who: `org "${org.slug}", agent "${agent.name}"`,
                runtime,
                why,
                live: live.get(keyOf(org.slug, agent.name)),
                said: deployedAgent(before, org.slug, agent.name),
                proven: before.proof.get(runtime)?.proven,
            });
            if (!kept.ok) {
                problems.push(kept.problem);
                return { agent, image };
            }
            const veto = vetoes.get(kept.image.digest);
            if (veto !== undefined) {
                problems.push(
                    `org "${org.slug}", agent "${agent.name}": the stack is ${why}; ${describeVeto(veto)}`,
                );
            }
            const same = formatImageReference(kept.image) === formatImageReference(image.image);
            if (same) {
                return { agent, image };
            }
            staying.push(`${org.slug}/${agent.name}`);
            return { agent, image: { ...kept, source: "pin" as const } };
        }),
    }));
    const overBudget =
        budget &&
        describeOverBudget(permitted, budget, (org, agent) => {
            const image = live.get(keyOf(org, agent))?.image;
            return image === undefined
                ? deployedAgent(before, org, agent)?.image
                : formatImageReference(image);
        });
    if (overBudget !== undefined) {
        problems.push(`${file}: customer-orgs:budget: ${overBudget}`);
    }
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
    if (staying.length > 0) {
        const more = staying.length > 10 ? ` and ${staying.length - 10} more` : "";
        warn(
            `${staying.length} agents stay on the images that they have, whatever their pins and overrides say: the stack is ` +
                `${whatForbids(config, now)?.why ?? ""} (${staying.slice(0, 10).join(", ")}${more})`,
        );
    }
    return permitted;
}

/** What an update would change beyond its budget. An org that was never deployed is not changed. */
function describeOverBudget(
    orgs: readonly OrgImages[],
    { maxOrgs, maxPercent }: NonNullable<StackConfig["budget"]>,
    last: (org: string, agent: string) => string | undefined,
): string | undefined {
    const deployed = orgs.filter(({ org, agents }) =>
        agents.some(({ agent }) => last(org.slug, agent.name) !== undefined),
    );
    const changed = deployed.filter(({ org, agents }) =>
        agents.some(({ agent, image }) => {
            const before = last(org.slug, agent.name);
            return before !== undefined && before !== formatImageReference(image.image);
        }),
    );
    const allowed = Math.min(maxOrgs ?? Infinity, ((maxPercent ?? 100) / 100) * deployed.length);
    return changed.length <= allowed
        ? undefined
        : `the images of ${changed.length} of ${deployed.length} orgs would change, and at most ${Math.floor(allowed)} may: ` +
              `${changed.map(({ org }) => org.slug).join(", ")}; announce more there, or write down under ` +
              "customer-orgs:breakGlass who answers for it";
}

function keyOf(slug: string, agent: string): string {
    return `${ORG_NAMESPACE_PREFIX}${slug}/${AGENT_DEPLOYMENT_PREFIX}${agent}`;
}
