import type { LoadedStack } from "../../config/loadStack";
import { chooseImage } from "../../images/chooseImage";
import { formatImageReference } from "../../images/imageReference";
import type { RuntimeImages } from "../../images/runtimeImages";
import type { AgentTarget } from "./fleetFacts";

/**
 * What every agent of a stack should run, by the same choice that the program makes. One agent without an answer (an expired
 * override) is that agent's problem here, while the program would refuse to run.
 */
export function findTargets(
    { config, orgs }: LoadedStack,
    stack: string,
    pins: RuntimeImages,
    now: Date,
): readonly AgentTarget[] {
    return orgs.flatMap((org) =>
        (org.offboarding === undefined ? org.agents : []).map((agent): AgentTarget => {
            const answer = chooseImage({
                org: org.slug,
                agent: agent.name,
                runtime: agent.runtime,
                agentOverride: agent.imageOverride,
                orgOverride: org.imageOverrides?.get(agent.runtime),
                stackOverride: config.imageOverrides.get(agent.runtime),
                pins,
                referenceStack: config.referenceStack,
                lastResort: config.lastResortImages.get(agent.runtime),
                now,
            });
            const whose = { stack, org: org.slug, agent: agent.name, runtime: agent.runtime };
            if (!answer.ok) {
                return { ...whose, choice: answer };
            }
            const { image, source, release, override } = answer.choice;
            return {
                ...whose,
                choice: {
                    ok: true,
                    image: formatImageReference(image),
                    source,
                    release,
                    heldUntil: override?.expires,
                    heldBy: override?.owner,
                },
            };
        }),
    );
}
