import type { RuntimeImages } from "../images/runtimeImages";
import { sameImage } from "../images/sameImage";
import type { Follower } from "./decideProof";
import type { RolloutWorld } from "./rolloutWorld";

/**
 * The digests that a pod on a pin may report, by the pin's own: an index has one manifest a platform. The registry is asked only
 * where a pod reports another digest than its pin's.
 */
export async function findDigests(
    pins: RuntimeImages,
    followers: readonly Follower[],
    platforms: RolloutWorld["platforms"],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const found = new Map<string, ReadonlySet<string>>();
    for (const [runtime, { image }] of pins) {
        const others = followers.some(
            ({ live, ...follower }) =>
                follower.runtime === runtime &&
                live?.image !== undefined &&
                sameImage(live.image, image) &&
                live.running.some(({ digest }) => digest !== null && digest !== image.digest),
        );
        // A registry that does not answer tells nothing: the pin's own digest is then all that proves.
        const more = others ? await platforms?.(image).catch(() => undefined) : undefined;
        found.set(image.digest, new Set([image.digest, ...(more ?? [])]));
    }
    return found;
}
