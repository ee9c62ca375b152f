import type { RolloutWorld } from "./rolloutGate";

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
    return {
        look: async () => {
            const { readAgents } = await import("../kube/readAgents");
            client ??= connect();
            try {
                return await readAgents(await client, where);
            } finally {
                // An idle connection would keep the program from ending.
                (await client.catch(() => undefined))?.close();
            }
        },
        platforms: async (image) => (await import("../registry/registryClient")).platformDigests(image),
        now: () => new Date(),
    };
}
