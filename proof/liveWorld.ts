import type { RolloutWorld } from "./rolloutWorld";

/** Which agents of which cluster are looked at. */
export interface LiveWorldOptions {
    readonly kubeContext: string;
    readonly kubeconfig?: string;
    /** One namespace alone; all of them when left out. */
    readonly namespace?: string;
    /** A label selector for Deployments and pods. */
    readonly labelSelector?: string;
    /** The agents' container; `agent` when left out. */
    readonly container?: string;
}

/** The agents of a stack's cluster, read each time anew. The connection is made when it is first needed. */
export function liveWorld({ kubeContext, kubeconfig, ...where }: LiveWorldOptions): RolloutWorld {
    const connect = async () => {
        // Loaded only here: a rendered program asks no cluster, and the client takes half a second.
        const { connectKube } = await import("../kube/kubeClient");
        return connectKube({ context: kubeContext, kubeconfig });
    };
    let client: ReturnType<typeof connect> | undefined;
    let asking = 0;
    const ask = async <T>(
        read: (connected: Awaited<ReturnType<typeof connect>>) => Promise<T>,
    ): Promise<T> => {
        client ??= connect();
        asking++;
        try {
            return await read(await client);
        } finally {
            asking--;
            if (asking === 0) {
                // An idle connection would keep the program from ending.
                (await client.catch(() => undefined))?.close();
            }
        }
    };
    return {
        look: async () => {
            const { readAgents } = await import("../kube/readAgents");
            return ask((connected) => readAgents(connected, where));
        },
        cluster: async () => {
            const { readClusterIdentity } = await import("../kube/clusterIdentity");
            return ask((connected) => readClusterIdentity(connected));
        },
        lacks: async (wanted) => {
            const { readLacks } = await import("../kube/readLacks");
            return ask((connected) => readLacks(connected, wanted));
        },
        platforms: async (image) => (await import("../registry/registryClient")).platformDigests(image),
        now: () => new Date(),
    };
}
