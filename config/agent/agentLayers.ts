import type { ImageReference } from "../../images/imageReference";
import type { OrgSpec } from "../orgSpec";
import { profileOf } from "../agentSpec";
import type { ProfileLayer } from "./mergeProfiles";
import type { AgentPlan } from "./agentPlan";
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

/** Agent → its plan, of all agents of an org. An org that is being offboarded has none. */
export function planOrg(stack: StackLayers, org: OrgSpec, file: string): ReadonlyMap<string, AgentPlan> {
    const agents = org.offboarding === undefined ? org.agents : [];
    return new Map(
        agents.map((agent, index) => {
            const own = org.runtimes?.get(agent.runtime);
            const layers: readonly ProfileLayer[] = [
                ...stack.defaults,
                ...(stack.runtimes.get(agent.runtime) ?? []),
                ...(own === undefined
                    ? []
                    : [
                          {
                              origin: { layer: "org", file, path: `runtimes.${agent.runtime}` } as const,
                              profile: own,
                          },
                      ]),
                { origin: { layer: "agent", file, path: `agents[${index}]` }, profile: profileOf(agent) },
            ];
            return [agent.name, planAgent(agent.name, agent.runtime, layers, stack.sidecarRepositories)];
        }),
    );
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
    return [
        ...[...plans.values()].flatMap((plan) => plan.problems),
        ...(quotaProblem === undefined ? [] : [quotaProblem]),
    ];
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
    const prefix = "platform:coreFleet.";
    const defaults = { progressDeadlineSeconds: fleet.progressDeadlineSeconds, ...fleet.defaults };
    const { runtimes, sidecarRepositories } = fleet;
    const stack = stackLayers([{ file, prefix, defaults, runtimes, sidecarRepositories }]);
    return new Map(
        fleet.agents.flatMap((agent, index): [string, AgentPlan][] => {
            const origin = { layer: "agent", file, path: `${prefix}agents[${index}]` } as const;
            const layers = [
                ...stack.defaults,
                ...(stack.runtimes.get(agent.runtime) ?? []),
                { origin, profile: profileOf(agent) },
            ];
            return agent.manage === "image"
                ? []
                : [[agent.name, planAgent(agent.name, agent.runtime, layers, stack.sidecarRepositories)]];
        }),
    );
}

/** Seconds in which the slowest of some agents must make progress. */
export function longestDeadline(plans: Iterable<AgentPlan>): number {
    return Math.max(0, ...[...plans].map(({ progressDeadlineSeconds }) => progressDeadlineSeconds));
}
