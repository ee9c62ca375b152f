import { type PinnedReference, parseImageReference, withDigest } from "../../images/imageReference";
import type { RuntimeImages } from "../../images/runtimeImages";

/** Made-up digests that can be told apart. */
export const DIGEST_A = `sha256:${"a".repeat(64)}`;
export const DIGEST_B = `sha256:${"b".repeat(64)}`;
export const DIGEST_C = `sha256:${"c".repeat(64)}`;

/** Reads a reference that is known to be one with a digest. */
export function pinned(text: string): PinnedReference {
    const parsed = parseImageReference(text);
    if (!parsed.ok) {
        throw new Error(parsed.reason);
    }
    return withDigest(parsed.reference);
}

/** Pins of both runtimes, on release v2. */
export const PINS: RuntimeImages = new Map([
    ["claude-code", { image: pinned(`ghcr.io/genbrain/claude-code:sha-19f3175@${DIGEST_A}`), release: "v2" }],
    ["platform-agent", { image: pinned(`ghcr.io/genbrain/platform-agent@${DIGEST_B}`), release: "v2" }],
]);
