import type { Pin } from "./platformConfig";

/**
 * Whether a release that no core agent runs goes on by what its own checks said: at least one passed, and none failed. A pin
 * without evidence says nothing of itself.
 */
export function isProvenByRelease(pin: Pin | undefined): boolean {
    const evidence = pin?.evidence ?? [];
    return evidence.length > 0 && evidence.every(({ result }) => result === "passed");
}
