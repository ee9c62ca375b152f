import { CUSTOMER_ORGS_PROJECT, type LoadedStack, loadStack } from "../../config/loadStack";
import { readStackFile } from "../../config/readStackFile";
import { type PinHistory, parsePinHistory } from "./pinHistory";
import type { StackOutputs } from "../../engine/stackOutputs";

/** How many rings back the platform's stack is looked for. */
const MAX_RINGS = 20;

/** The history of pins: the reference's, or that of the platform behind a chain of rings. */
export async function findHistory(
    stacks: readonly LoadedStack[],
    project: string,
    referenceOf: (stack: string) => Promise<StackOutputs | undefined>,
): Promise<PinHistory | undefined> {
    for (const { config } of stacks) {
        let reference = config.referenceStack;
        for (let ring = 0; ring < MAX_RINGS; ring++) {
            const history = parsePinHistory((await referenceOf(reference))?.["pinHistory"]);
            if (history !== undefined) {
                return history;
            }
            const [stack = "", owner] = reference.split("/").reverse();
            if (owner !== CUSTOMER_ORGS_PROJECT) {
                break;
            }
            try {
                reference = loadStack(readStackFile(project, ".", stack), stack, project).config
                    .referenceStack;
            } catch {
                break;
            }
        }
    }
    return undefined;
}
