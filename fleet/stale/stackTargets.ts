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
        agentsOf(org).map((agent): AgentTarget => {
            const answer = chooseImage({ org, agent, stack: config, pins, now });
            const { warnDays } = config.overrides;
            const whose = { stack, org: org.slug, agent: agent.name, runtime: agent.runtime, warnDays };
            if (!answer.ok) {
                return { ...whose, choice: answer };
            }
            const { image, source, release, override } = answer.choice;
            return {
                ...whose,
                choice: {
                    ok: true,
                    image,
                    source,
                    release,
                    heldUntil: override?.expires,
                    heldBy: override?.owner,
                },
            };
        }),
    );
}
