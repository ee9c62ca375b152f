import { AGENT_CONTAINER, AGENT_DEPLOYMENT_PREFIX } from "../images/metadata";
import { ConfigError } from "../lib/text/configError";
import type { RolloutWorld } from "../proof/rolloutWorld";
import type { PlatformConfig } from "./platformConfig";

/**
 * Refuses core agents with `manage: image` whose Deployment is not there, or has no container of the name that is patched: the
 * API server would take the patch for a second container, and run it beside the first.
 *
 * @throws ConfigError all of them together
 */
export async function refuseForeignDeployments(
    { namespace, agents }: Pick<PlatformConfig["coreFleet"], "namespace" | "agents">,
    world: Pick<RolloutWorld, "look">,
): Promise<void> {
    const patched = agents.filter(({ manage }) => manage === "image");
    if (patched.length === 0) {
        return;
    }
    const live = await world.look();
    const problems = patched.flatMap(({ name }) => {
        const key = `${namespace}/${AGENT_DEPLOYMENT_PREFIX}${name}`;
        const found = live.get(key);
        if (found === undefined) {
            return `the core agent "${name}" has "manage: image", and there is no Deployment "${key}"; expected one that somebody else makes`;
        }
        const containers = found.deployment.containers.map((each) => `"${each.name}"`).join(", ");
        return found.image === undefined
            ? `the core agent "${name}" has "manage: image", and the Deployment "${key}" has no container "${AGENT_CONTAINER}" (it has ${containers}): a second one would be added beside it; expected its container to be called so, or no "manage: image"`
            : [];
    });
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
}
