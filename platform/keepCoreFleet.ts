import * as pulumi from "@pulumi/pulumi";
import { AGENT_DEPLOYMENT_PREFIX } from "../images/metadata";
import type { RuntimeImage } from "../images/runtimeImages";
import { keepImage } from "../proof/keepImage";
import { type Forbids, findForbidden, readLastDeployed } from "../proof/permitImages";
import type { ProofRecord } from "../proof/proofRecord";
import type { RolloutWorld } from "../proof/rolloutWorld";
import type { CoreFleetArgs } from "./coreFleet";
import { releaseOf } from "../images/pinHistory";
import type { Pin, PlatformConfig } from "./platformConfig";

/** Whether somebody decided on this very pin that it goes now: by breaking the glass for it, or by rolling back to it. */
function isDecided(pin: Pin | undefined): boolean {
    return pin?.breakGlass !== undefined || (pin?.hold !== undefined && pin.hold.released === undefined);
}

/** What forbids to roll the core fleet now; `undefined` where nothing is forbidden. */
export function findForbiddenPins(
    config: PlatformConfig,
    before: ProofRecord,
    now: Date,
): Forbids | undefined {
    const forbids = findForbidden({ ...config, freeze: config.promotion.freeze }, before, now);
    return (
        forbids &&
        ((runtime, image) => (isDecided(config.runtimes.get(runtime)) ? undefined : forbids(runtime, image)))
    );
}

/**
 * Has the core agents keep the images that they were deployed with last, where these may not change now.
 *
 * @throws ConfigError when what was deployed last cannot be read
 */
export async function keepCoreFleet(
    { coreFleet }: Pick<PlatformConfig, "coreFleet">,
    before: ProofRecord,
    forbids: Forbids,
    world: RolloutWorld,
    file: string,
): Promise<NonNullable<CoreFleetArgs["keep"]>> {
    const live = await readLastDeployed(world, file);
    return (agent, pin): RuntimeImage => {
        const runtime = coreFleet.agents.find(({ name }) => name === agent)?.runtime ?? "";
        const why = forbids(runtime, pin.image);
        if (why === undefined) {
            return pin;
        }
        const kept = keepImage({
            who: `core agent "${agent}"`,
            runtime,
            why,
            live: live.get(`${coreFleet.namespace}/${AGENT_DEPLOYMENT_PREFIX}${agent}`),
            proven: before.get(runtime)?.proven,
        });
        if (!kept.ok) {
            throw new pulumi.RunError(`${file}: ${kept.problem}`);
        }
        return kept.image.digest === pin.image.digest ? pin : { image: kept.image, release: releaseOf(kept) };
    };
}
