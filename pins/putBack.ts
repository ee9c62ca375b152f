import type { PlatformStack } from "../engine/platformStack";
import type { ImageReference } from "../images/imageReference";
import { PLATFORM_DIRECTORY } from "../platform/loadPlatform";
import { findOffAgents } from "./coreFleetLive";
import type { PromotionWorld, ReadyEnvironment } from "./prepareEnvironment";

/**
 * Puts the core fleet back in the cluster, after an update that did not end well and with the file as it was before: the state may
 * say that nothing is to be done, while the bad image is live. After an interruption nothing is begun, and only looked.
 *
 * @param moved whether the file had other pins before: without that there is nothing else to go back to
 * @returns what the error says of it: which objects are off, and the command that puts them back
 */
export async function putBack(
    { environment, stack: opened, deployed }: ReadyEnvironment,
    stack: PlatformStack,
    world: PromotionWorld,
    moved: boolean,
): Promise<string> {
    const { name, config } = environment;
    if (world.lookAtFleet === undefined || opened === undefined || config.coreFleet.agents.length === 0) {
        return "";
    }
    const command = `"pulumi -C ${PLATFORM_DIRECTORY} up --refresh --stack ${name}" puts them back`;
    // A runtime that was never deployed has nothing to be put back to.
    const images = new Map<string, ImageReference>(
        [...config.runtimes].flatMap(([runtime, { image }]) =>
            image === undefined || deployed?.pins.has(runtime) !== true ? [] : [[runtime, image]],
        ),
    );
    const look = async () =>
        findOffAgents(config.coreFleet, (await world.lookAtFleet?.(environment)) ?? new Map(), images);
    try {
        let off = await look();
        let failure = "";
        if (off.length > 0 && moved && world.signal?.aborted !== true) {
            world.log(`${name}: putting the core fleet back`);
            await stack.update("put back what a failed update left", true).catch((error: unknown) => {
                failure = `; putting the core fleet back failed: ${(error as Error).message}`;
            });
            off = await look();
        }
        return off.length === 0
            ? `${failure}; the core fleet is on its pins`
            : `${failure}; these are not on their pins, and ${command}:\n${off.map(({ message }) => `  - ${message}`).join("\n")}`;
    } catch (error) {
        return `; what the core fleet has now could not be read (${(error as Error).message}), and where something is off, ${command}`;
    }
}
