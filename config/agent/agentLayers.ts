import type { ImageReference } from "../../images/imageReference";
import type { OrgSpec } from "../orgSpec";
import { profileOf } from "../agentSpec";
import type { ProfileLayer } from "./mergeProfiles";
import type { AgentPlan } from "./agentPlan";
import { whereIs } from "./findProblems";
import { planAgent } from "./planAgent";
import type { Profile } from "./profileSchema";
import type { Quota } from "../quota";
import { findQuotaProblem } from "./quotaNeeds";

/** What a stack says of all agents, and of those of each runtime; the farthest first. */
export interface StackLayers {
    readonly defaults: readonly ProfileLayer[];
    readonly runtimes: ReadonlyMap<string, readonly ProfileLayer[]>;
    readonly sidecarRepositories: readonly ImageReference[];
}

/** What one file says of agents. */
export interface LayerSource {
    readonly file: string;
    /** The path of `defaults` and `runtimes` in the file: `customer-orgs:`, `platform:coreFleet.`. */
    readonly prefix: string;
    readonly defaults?: object;
    readonly runtimes?: ReadonlyMap<string, Profile>;
    /** Where the images of sidecars may come from. */
    readonly sidecarRepositories?: readonly ImageReference[];
}

/** The layers of a stack from all files that speak of it, the farthest file first. */
export function stackLayers(sources: readonly LayerSource[]): StackLayers {
    const runtimes = new Map<string, ProfileLayer[]>();
    for (const { file, prefix, runtimes: own = new Map<string, Profile>() } of sources) {
        for (const [runtime, profile] of own) {
            const origin = { layer: "runtime", file, path: `${prefix}runtimes.${runtime}` } as const;
            runtimes.set(runtime, [...(runtimes.get(runtime) ?? []), { origin, profile }]);
        }
    }
    const defaults = sources.flatMap(({ file, prefix, defaults: own }): ProfileLayer[] =>
        own === undefined
            ? []
            : [{ origin: { layer: "defaults", file, path: `${prefix}defaults` }, profile: profileOf(own) }],
    );
    const sidecarRepositories = sources.flatMap((source) => source.sidecarRepositories ?? []);
    return { defaults, runtimes, sidecarRepositories };
}

/** Plans agents, each from what the stack says, then its org of its runtime, then its own entry of the list `agents`. */
function planAgents(
    stack: StackLayers,
    agents: readonly { readonly name: string; readonly runtime: string }[],
    { file, prefix }: LayerSource,
    ofRuntime?: OrgSpec["runtimes"],
): Map<string, AgentPlan> {
    return new Map(
        agents.map((agent, index) => {
            const { name, runtime } = agent;
            const own = ofRuntime?.get(runtime);
            const layers: readonly ProfileLayer[] = [
                ...stack.defaults,
                ...(stack.runtimes.get(runtime) ?? []),
                ...(own
                    ? [{ origin: { layer: "org", file, path: `runtimes.${runtime}` }, profile: own } as const]
                    : []),
                {
                    origin: { layer: "agent", file, path: `${prefix}agents[${index}]` },
                    profile: profileOf(agent),
                },
            ];
            return [name, planAgent(name, runtime, layers, stack.sidecarRepositories)];
        }),
    );
}

/** Agent → its plan, of all agents of an org; also of one that is being offboarded, whose claims outlive its agents. */
export function planOrg(stack: StackLayers, org: OrgSpec, file: string): ReadonlyMap<string, AgentPlan> {
    return planAgents(stack, org.agents, { file, prefix: "" }, org.runtimes);
}

/**
 * What of an org's agents cannot be, by themselves or together.
 *
 * @param quota what the stack and the org say, the nearest last
 */
export function findOrgProblems(
    plans: ReadonlyMap<string, AgentPlan>,
    quota: readonly (Quota | undefined)[],
    file: string,
): readonly string[] {
    const quotaProblem = findQuotaProblem(plans.values(), quota, file);
    return [...findFleetProblems(plans), ...(quotaProblem === undefined ? [] : [quotaProblem])];
}

/** What of agents that share a namespace cannot be; a problem of a layer that many of them share is one. */
export function findFleetProblems(plans: ReadonlyMap<string, AgentPlan>): readonly string[] {
    const problems = [...plans.values()].flatMap((plan) => plan.problems);
    const claims = [...plans].flatMap(([agent, plan]) =>
        plan.claims.map((claim) => ({ ...claim, agent, plan })),
    );
    for (const [index, { agent, plan, volume, name }] of claims.entries()) {
        const other = claims.slice(0, index).find((before) => before.name === name);
        if (other !== undefined) {
            problems.push(
                `${whereIs(plan.origins, `volumes.${volume}`)}.claim: the claim "${name}" of the agent "${agent}" is the agent "${other.agent}"'s ` +
                    `(volume "${other.volume}"); expected a "name" of its own, or another volume's name`,
            );
        }
    }
    return [...new Set(problems)];
}

/** What `planCoreFleet` reads of a platform's config. */
export interface CoreFleetWords {
    readonly progressDeadlineSeconds: number;
    readonly defaults: Profile;
    readonly runtimes: ReadonlyMap<string, Profile>;
    readonly sidecarRepositories: readonly ImageReference[];
    readonly agents: readonly { readonly name: string; readonly runtime: string; readonly manage: string }[];
}

/** Agent → its plan, of all agents of a core fleet that the platform owns whole. */
export function planCoreFleet(fleet: CoreFleetWords, file: string): ReadonlyMap<string, AgentPlan> {
    const defaults = { progressDeadlineSeconds: fleet.progressDeadlineSeconds, ...fleet.defaults };
    const source = { ...fleet, file, prefix: "platform:coreFleet.", defaults };
    const plans = planAgents(stackLayers([source]), fleet.agents, source);
    for (const { name } of fleet.agents.filter(({ manage }) => manage === "image")) {
        plans.delete(name);
    }
    return plans;
}

/** Seconds in which the slowest of some agents must make progress. */
export function longestDeadline(plans: Iterable<AgentPlan>): number {
    return Math.max(0, ...[...plans].map(({ progressDeadlineSeconds }) => progressDeadlineSeconds));
}
