import type { LoadedStack } from "../../config/loadStack";
import { loadNamedStack } from "../../config/loadStacks";
import { connectStack } from "../../engine/connectStack";
import type { StackOutputs } from "../../engine/stackState";
import { selectOrgs } from "../../images/metadata";
import { type LiveAgents, readAgents } from "../../kube/readAgents";

/** All that is known of one stack at one moment. */
export interface StackFacts {
    readonly stack: string;
    readonly loaded: LoadedStack;
    /** What it exports; nothing where no update has ended well yet. */
    readonly outputs: StackOutputs;
    /** The agents that its orgs have in its cluster. */
    readonly live: LiveAgents;
}

/**
 * Reads a stack's files, its state, and the agents that its orgs have in its cluster.
 *
 * @throws MendableError where one of the three cannot be read, or the cluster is another one
 */
export async function readStackFacts(project: string, stack: string): Promise<StackFacts> {
    const loaded = loadNamedStack(project, stack);
    const { client, state } = await connectStack({ project, stack, config: loaded.config });
    try {
        const live = await readAgents(client, {
            labelSelector: selectOrgs(loaded.orgs.map(({ slug }) => slug)),
        });
        return { stack, loaded, outputs: state.outputs, live };
    } finally {
        client.close();
    }
}
