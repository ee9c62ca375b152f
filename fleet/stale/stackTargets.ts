import { agentsOf } from "../../config/orgSpec";
import type { LoadedStack } from "../../config/loadStack";
import type { CoreFleetPlan } from "../../engine/coreFleet";
import { type ChosenImage, chooseImage } from "../../images/chooseImage";
import { AGENT_CONTAINER, AGENT_DEPLOYMENT_PREFIX } from "../../images/metadata";
import type { RuntimeImages } from "../../images/runtimeImages";
import { type AgentTarget, CORE_FLEET } from "./fleetFacts";

/**
 * What every agent of a stack should run, by the same choice that the program makes. One agent without an answer is that
 * agent's problem here, while the program would refuse to run.
 */
export function findTargets(
    { config, orgs }: LoadedStack,
    pins: RuntimeImages,
    now: Date,
): readonly AgentTarget[] {
    return orgs.flatMap((org) =>
        agentsOf(org).map((agent) => ({
            org: org.slug,
            agent: agent.name,
            runtime: agent.runtime,
            warnDays: config.overrides.warnDays,
            chosen: chooseImage({ org, agent, stack: config, pins, now }),
        })),
    );
}

/**
 * What the platform's own agents should run: the pin of the environment's file, or where that is no digest, what the platform
 * resolved it to. A Deployment that a pin follows is one of them: somebody else rolls it.
 */
export function findCoreTargets(
    { namespace, agents, runtimes }: CoreFleetPlan,
    resolved: RuntimeImages | undefined,
): readonly AgentTarget[] {
    const choose = (runtime: string): ChosenImage => {
        const { image, release } = runtimes.get(runtime) ?? {};
        const known = resolved?.get(runtime);
        const chosen = image?.digest === undefined && known !== undefined ? known : { image, release };
        return chosen.image === undefined
            ? {
                  ok: false,
                  problem: `the pin of "${runtime}" is whatever a live Deployment runs, and the platform's outputs were not read`,
              }
            : { ok: true, choice: { image: chosen.image, release: chosen.release, source: "pin" } };
    };
    const own = agents.map(({ name, runtime }) => ({
        org: CORE_FLEET,
        agent: name,
        runtime,
        chosen: choose(runtime),
    }));
    const followed = [...runtimes].flatMap(([runtime, { fromDeployment }]) => {
        const { deployment = "" } = fromDeployment ?? {};
        const agent = deployment.slice(AGENT_DEPLOYMENT_PREFIX.length);
        return fromDeployment?.namespace === namespace &&
            fromDeployment.container === AGENT_CONTAINER &&
            deployment.startsWith(AGENT_DEPLOYMENT_PREFIX) &&
            !own.some((each) => each.agent === agent)
            ? [{ org: CORE_FLEET, agent, runtime, chosen: choose(runtime), foreign: true as const }]
            : [];
    });
    return [...own, ...followed];
}
