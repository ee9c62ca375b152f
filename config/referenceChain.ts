import { quoteValue } from "../lib/text/quoteValue";
import { CUSTOMER_ORGS_PROJECT } from "./loadStack";

/** The name of the platform's project in platform/Pulumi.yaml, and the prefix of its settings. */
export const PLATFORM_PROJECT = "platform";

/** The stacks that one customer-orgs stack gets its images through. */
export interface ReferenceChain {
    /** The rings on the way: customer-orgs stacks, the nearest first, the stack itself not among them. */
    readonly rings: readonly string[];
    /** Every reference on the way as it is written, the stack's own first: `organization/customer-orgs/canary`. */
    readonly references: readonly string[];
    /** The platform's stack whose pins they all pass on, or a line that says in which file the chain breaks off. */
    readonly end:
        | { readonly ok: true; readonly environment: string }
        | { readonly ok: false; readonly problem: string };
}

/**
 * Takes a `referenceStack` apart as the engine does: `organization/platform/prod`, `platform/prod`, or a name alone, which is a stack of
 * the project that it stands in.
 */
export function readReference(reference: string): { readonly project: string; readonly name: string } {
    const [name = "", project = CUSTOMER_ORGS_PROJECT] = reference.split("/").reverse();
    return { project, name };
}

/**
 * Follows a customer-orgs stack through its rings to the platform. The one reading of `referenceStack` for whoever asks whose
 * pins an agent gets.
 *
 * @param referenceOf a customer-orgs stack's `referenceStack`; `undefined` where it has none or is not here
 */
export function followReferences(
    stack: string,
    referenceOf: (stack: string) => string | undefined,
): ReferenceChain {
    const seen = [stack];
    const references: string[] = [];
    const answer = (end: ReferenceChain["end"]): ReferenceChain => ({
        rings: seen.slice(1),
        references,
        end,
    });
    for (;;) {
        const from = seen.at(-1) ?? stack;
        const setting = `Pulumi.${from}.yaml: ${CUSTOMER_ORGS_PROJECT}:referenceStack:`;
        const reference = referenceOf(from);
        if (reference === undefined) {
            return answer({ ok: false, problem: `${setting} nothing: expected a stack` });
        }
        references.push(reference);
        const refuse = (why: string) =>
            answer({ ok: false, problem: `${setting} ${quoteValue(reference)}: ${why}` });
        const { project, name } = readReference(reference);
        if (project === PLATFORM_PROJECT) {
            return answer({ ok: true, environment: name });
        }
        if (project !== CUSTOMER_ORGS_PROJECT) {
            return refuse("a stack of a project that is not here");
        }
        if (seen.includes(name)) {
            return refuse(
                `a circle of references (${[...seen, name].join(" → ")}); expected a chain that ends at the platform`,
            );
        }
        seen.push(name);
    }
}
