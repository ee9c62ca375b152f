import { parseQuantity } from "./quantity";

type Compute = Readonly<Record<string, string>>;

/** One layer's requests and limits: resource → quantity. */
interface ResourceLayer {
    readonly requests?: Readonly<Record<string, string | undefined>> | undefined;
    readonly limits?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Merges requests and limits, the later layer before the earlier ones. Kubernetes refuses a request above its limit; where
 * one layer's request meets another's limit, the earlier one gives way, so that a default never spoils what people wrote.
 */
export function mergeResources(layers: readonly (ResourceLayer | undefined)[]): {
    readonly requests: Compute;
    readonly limits: Compute;
} {
    const requests = new Map<string, string>();
    const limits = new Map<string, string>();
    for (const layer of layers) {
        const own = { requests: layer?.requests ?? {}, limits: layer?.limits ?? {} };
        for (const name of new Set([...Object.keys(own.requests), ...Object.keys(own.limits)])) {
            const request = own.requests[name] ?? requests.get(name);
            const limit = own.limits[name] ?? limits.get(name);
            const fits =
                request === undefined ||
                limit === undefined ||
                parseQuantity(request) <= parseQuantity(limit);
            const settled = fits ? undefined : own.limits[name] === undefined ? request : limit;
            set(requests, name, settled ?? request);
            set(limits, name, settled ?? limit);
        }
    }
    return { requests: Object.fromEntries(requests), limits: Object.fromEntries(limits) };
}

function set(target: Map<string, string>, name: string, value: string | undefined): void {
    if (value !== undefined) {
        target.set(name, value);
    }
}
