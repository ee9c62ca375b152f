import { ConfigError } from "../lib/text/configError";
import { type LoadedStack, loadStack } from "./loadStack";
import { listStacks, readStackFile } from "./readStackFile";
import { type ReferenceChain, followReferences } from "./referenceChain";

/** The customer-orgs stacks of a checkout by name, and a line for every problem of those that cannot be read. */
export interface LoadedStacks {
    readonly stacks: ReadonlyMap<string, LoadedStack>;
    readonly problems: readonly string[];
}

/** Reads every customer-orgs stack of a checkout. */
export function loadStacks(root: string): LoadedStacks {
    const stacks = new Map<string, LoadedStack>();
    const problems: string[] = [];
    for (const stack of listStacks(root)) {
        try {
            stacks.set(stack, loadStack(readStackFile(root, ".", stack), stack, root));
        } catch (error) {
            if (!(error instanceof ConfigError)) {
                throw error;
            }
            problems.push(...error.problems);
        }
    }
    return { stacks, problems };
}

/** The way of a stack's images from the platform, by the files of its checkout. */
export function chainOf(stack: string, stacks: LoadedStacks["stacks"]): ReferenceChain {
    return followReferences(stack, (name) => stacks.get(name)?.config.referenceStack);
}
