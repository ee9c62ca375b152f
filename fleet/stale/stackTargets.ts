import { agentsOf } from "../../config/orgSpec";
import type { LoadedStack } from "../../config/loadStack";
import { chooseImage } from "../../images/chooseImage";
import type { RuntimeImages } from "../../images/runtimeImages";
import type { AgentTarget } from "./fleetFacts";

/**
 * What every agent of a stack should run, by the same choice that the program makes. One agent without an answer is that
 * agent's problem here, while the program would refuse to run.
 */
export function findTargets(
    { config, orgs }: LoadedStack,
    stack: string,
    pins: RuntimeImages,
    now: Date,
): readonly AgentTarget[] {
    return orgs.flatMap((org) =>
        agentsOf(org).map((agent) => ({
            stack,
            org: org.slug,
            agent: agent.name,
            runtime: agent.runtime,
            warnDays: config.overrides.warnDays,
            chosen: chooseImage({ org, agent, stack: config, pins, now }),
        })),
    );
}
