import { followReferences } from "../../config/referenceChain";
import { type LoadedStack, loadStack } from "../../config/loadStack";
import { readStackFile } from "../../config/readStackFile";
import type { StackOutputs } from "../../engine/stackOutputs";
import { ConfigError } from "../../lib/text/configError";
import { type PinHistory, parsePinHistory } from "../../images/pinHistory";

/** The history of pins: the reference's, or that of the platform behind a chain of rings. */
export async function findHistory(
    stacks: ReadonlyMap<string, LoadedStack>,
    project: string,
    referenceOf: (stack: string) => Promise<StackOutputs | undefined>,
): Promise<PinHistory | undefined> {
    for (const stack of stacks.keys()) {
        const { references } = followReferences(stack, (name) => readReference(stacks, name, project));
        for (const reference of references) {
            const history = parsePinHistory((await referenceOf(reference))?.["pinHistory"]);
            if (history !== undefined) {
                return history;
            }
        }
    }
    return undefined;
}

/** The reference of a stack that was not asked for itself, and may not be readable: then the chain ends before it. */
function readReference(
    stacks: ReadonlyMap<string, LoadedStack>,
    stack: string,
    project: string,
): string | undefined {
    try {
        const read = stacks.get(stack) ?? loadStack(readStackFile(project, ".", stack), stack, project);
        return read.config.referenceStack;
    } catch (error) {
        if (error instanceof ConfigError) {
            return undefined;
        }
        throw error;
    }
}
