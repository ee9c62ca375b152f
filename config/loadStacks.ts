import { ConfigError } from "../lib/text/configError";
import { CUSTOMER_ORGS_PROJECT, type LoadedStack, loadStack } from "./loadStack";
import { listStacks, readStackFile } from "./readStackFile";

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

/** The environment whose pins a stack's agents follow: the platform's stack at the end of the chain of references. */
export function environmentOf({ config }: LoadedStack, stacks: LoadedStacks["stacks"]): string {
    const seen = new Set<string>();
    for (let reference = config.referenceStack; ;) {
        const [name = "", project] = reference.split("/").reverse();
        const ring = project === CUSTOMER_ORGS_PROJECT ? stacks.get(name) : undefined;
        if (ring === undefined || seen.has(name)) {
            return name;
        }
        seen.add(name);
        reference = ring.config.referenceStack;
    }
}
