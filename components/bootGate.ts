import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { BOOT_GATE_RESOURCES } from "../config/agent/planAgent";

/** Fails with the names of all paths that are missing. The paths come as arguments, so none is ever read as shell. */
const CHECK_PATHS =
    'missing=0; for path in "$@"; do [ -e "$path" ] || { echo "boot gate: $path is missing from the image" >&2; missing=1; }; done; exit "$missing"';

/**
 * An init container that runs the agent's own image and fails while a required path is missing from it, so that an agent
 * never starts on an image that cannot do its work. It fails closed: an image without a shell does not pass either.
 *
 * @returns nothing where no path is required
 */
export function bootGate(
    image: pulumi.Input<string>,
    requiredPaths: readonly string[],
    securityContext: kubernetes.types.input.core.v1.Container["securityContext"],
): kubernetes.types.input.core.v1.Container | undefined {
    if (requiredPaths.length === 0) {
        return undefined;
    }
    return {
        name: "boot-gate",
        image,
        imagePullPolicy: "IfNotPresent",
        command: ["/bin/sh", "-c", CHECK_PATHS, "boot-gate", ...requiredPaths],
        resources: BOOT_GATE_RESOURCES,
        securityContext,
    };
}
