import { ConfigError } from "../lib/text/configError";
import { MendableError } from "../lib/text/mendableError";
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
            stacks.set(stack, loadNamedStack(root, stack));
        } catch (error) {
            if (!(error instanceof ConfigError)) {
                throw error;
            }
            problems.push(...error.problems);
        }
    }
    return { stacks, problems };
}

/**
 * Reads everything that people wrote about one stack of a checkout.
 *
 * @throws ConfigError with the problems of config and files together
 */
export function loadNamedStack(root: string, stack: string): LoadedStack {
    return loadStack(readStackFile(root, ".", stack), stack, root);
}

/**
 * The name of the one stack that a command works on.
 *
 * @param names what was given for `--stack`
 * @throws MendableError when it is not exactly one
 */
export function nameOfStack(names: readonly string[] = []): string {
    const [name] = names;
    if (name === undefined || names.length > 1) {
        throw new MendableError('name the stack: expected one "--stack prod"');
    }
    return name;
}

/** The way of a stack's images from the platform, by the files of its checkout. */
export function chainOf(stack: string, stacks: LoadedStacks["stacks"]): ReferenceChain {
    return followReferences(stack, (name) => stacks.get(name)?.config.referenceStack);
}
