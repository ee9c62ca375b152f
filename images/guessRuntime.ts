import { type FoundImage, sameRepository } from "./imageReference";
import type { RuntimeImages } from "./runtimeImages";
import { labelledRuntime } from "./metadata";

/**
 * The runtime of an agent that no stack describes: what its label says, else the one runtime whose pin is of the same
 * repository as its image. `undefined` where that is not certain.
 */
export function guessRuntime(
    labels: Readonly<Record<string, string>>,
    image: FoundImage | undefined,
    pins: RuntimeImages | undefined,
): string | undefined {
    const label = labelledRuntime(labels);
    if (label !== undefined) {
        return label;
    }
    const found = [...(pins ?? [])].filter(
        ([, pin]) => image !== undefined && sameRepository(pin.image, image),
    );
    return found.length === 1 ? found[0]?.[0] : undefined;
}
