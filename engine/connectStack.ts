import { describeOtherCluster } from "../config/clusterIdentity";
import { readClusterIdentity } from "../kube/clusterIdentity";
import { type ConnectOptions, type KubeClient, chooseCluster, connectKube } from "../kube/kubeClient";
import { unlessAborted } from "../lib/system/interruption";
import { whileWaiting } from "../lib/system/whileWaiting";
import { MendableError } from "../lib/text/mendableError";
import { readEngineState } from "./engineOutputs";
import type { StackState } from "./stackState";

/** A stack, and which cluster is meant by it. */
export interface StackCluster extends Omit<ConnectOptions, "timeoutMs"> {
    readonly project: string;
    readonly stack: string;
    /** What the stack's settings say of its cluster. */
    readonly config: { readonly kubeContext: string; readonly kubeconfig?: string };
    /** What is known of the stack already; the engine is asked when left out. */
    readonly state?: StackState;
    readonly signal?: AbortSignal;
}

/** A stack's state, and the connection to the cluster that it was applied to. */
export interface ConnectedStack {
    readonly client: KubeClient;
    readonly state: StackState;
}

/**
 * Asks the engine for a stack's state, and connects to its cluster. Every command with a stack goes this way: whatever the context
 * leads to is compared with the cluster that the stack was applied to, before anything else is read or changed there.
 *
 * @throws MendableError where one of the two cannot be asked, or the cluster is another one
 */
export async function connectStack(wanted: StackCluster): Promise<ConnectedStack> {
    const { project, stack, config, signal } = wanted;
    const asked = whileWaiting(`the engine's state of the stack "${stack}"`, () =>
        wanted.state === undefined ? readEngineState(project, stack) : Promise.resolve(wanted.state),
    );
    const state = await (signal === undefined ? asked : unlessAborted(asked, signal));
    const { context, kubeconfig } = chooseCluster(wanted, config);
    if (state.clusterUid === undefined && context !== config.kubeContext) {
        throw new MendableError(
            `the stack "${stack}" was never applied to a cluster, so nothing tells whether the context "${context ?? ""}" is right; ` +
                `expected the stack's own, "${config.kubeContext}"`,
        );
    }
    const client = await connectKube({ context, kubeconfig, connections: wanted.connections });
    try {
        const found = await readClusterIdentity(client, signal);
        if (state.clusterUid !== undefined && state.clusterUid !== found) {
            throw new MendableError(describeOtherCluster(client.context, state.clusterUid, found));
        }
        return { client, state };
    } catch (error) {
        client.close();
        throw error;
    }
}
