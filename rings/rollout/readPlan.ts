import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";
import { listStacks, readStackFile } from "../../config/readStackFile";
import { readReferenceSetting } from "../../config/stackConfig";
import { type Chain, makeChains } from "../chain";

/**
 * The chains of a checkout's customer-orgs stacks, by what their settings say of their references alone: an org's file that cannot be
 * read is the matter of its own stack, and does not hide the plan.
 *
 * @param root the project's root
 * @throws ConfigError where a stack's file cannot be read, or the references are no chains
 */
export function readPlan(root: string): readonly Chain[] {
    return makeChains(
        listStacks(root).map((stack) => {
            const text = readStackFile(root, ".", stack)[`${CUSTOMER_ORGS_PROJECT}:referenceStack`];
            return { stack, referenceStacks: text === undefined ? [] : readReferenceSetting(text) };
        }),
    );
}
