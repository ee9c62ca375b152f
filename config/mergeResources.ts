import type { Resources } from "./agentSpec";
import { parseQuantity } from "./kubernetesNames";

type Compute = NonNullable<Resources["requests"]>;

const NAMES = ["cpu", "memory", "ephemeral-storage"] as const;

/**
 * Merges requests and limits, the later layer before the earlier ones. Kubernetes refuses a request above its limit; where
 * one layer's request meets another's limit, the earlier one gives way, so that a default never spoils what people wrote.
 */
export function mergeResources(layers: readonly (Resources | undefined)[]): {
    readonly requests: Compute;
    readonly limits: Compute;
} {
    const requests: Compute = {};
    const limits: Compute = {};
    for (const layer of layers) {
        for (const name of NAMES) {
            const ownLimit = layer?.limits?.[name];
            const request = layer?.requests?.[name] ?? requests[name];
            const limit = ownLimit ?? limits[name];
            const fits =
                request === undefined ||
                limit === undefined ||
                parseQuantity(request) <= parseQuantity(limit);
            const settled = fits ? undefined : ownLimit === undefined ? request : limit;
            set(requests, name, settled ?? request);
            set(limits, name, settled ?? limit);
        }
    }
    return { requests, limits };
}

function set(target: Compute, name: (typeof NAMES)[number], value: string | undefined): void {
    if (value !== undefined) {
        target[name] = value;
    }
}
