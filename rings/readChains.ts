import { type LoadedStacks, loadStacks } from "../config/loadStacks";
import { ConfigError } from "../lib/text/configError";
import { type Chain, makeChains } from "./chain";

/** Every customer-orgs stack of a checkout, and the chains that they are. */
export interface ReadChains {
    readonly stacks: LoadedStacks["stacks"];
    readonly chains: readonly Chain[];
}

/**
 * Reads the stacks of a checkout, and makes the chains of what they read.
 *
 * @throws ConfigError with the problems of all stacks, or of the chain
 */
export function readChains(root: string): ReadChains {
    const { stacks, problems } = loadStacks(root);
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
    const references = [...stacks].map(([stack, { config }]) => ({
        stack,
        referenceStacks: config.referenceStack,
    }));
    return { stacks, chains: makeChains(references) };
}
