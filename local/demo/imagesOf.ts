import { formatImageReference } from "../../images/imageReference";
import type { RuntimeImages } from "../../images/runtimeImages";

/** The pins as plain text: runtime → image. */
export function imagesOf(pins: RuntimeImages): Readonly<Record<string, string>> {
    return Object.fromEntries(
        [...pins].map(([runtime, { image }]) => [runtime, formatImageReference(image)]),
    );
}
