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
    /** The one platform's stack whose pins they all pass on, or a line that says in which file the chain breaks off. */
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
 * @param referencesOf what a customer-orgs stack says of its `referenceStack`; `undefined` where it says nothing or is not here
 */
export function followReferences(
    stack: string,
    referencesOf: (stack: string) => readonly string[] | undefined,
): ReferenceChain {
    const seen = [stack];
    const references: string[] = [];
    const environments = new Set<string>();
    const problems: string[] = [];
    for (const from of seen) {
        const own = referencesOf(from) ?? [];
        if (own.length === 0) {
            problems.push(`${settingOf(from)} nothing: expected a stack`);
        }
        for (const reference of own.filter((each) => !references.includes(each))) {
            references.push(reference);
            const { project, name } = readReference(reference);
            if (project === PLATFORM_PROJECT) {
                environments.add(name);
            } else if (project !== CUSTOMER_ORGS_PROJECT) {
                problems.push(
                    `${settingOf(from)} ${quoteValue(reference)}: a stack of a project that is not here`,
                );
            } else if (!seen.includes(name)) {
                seen.push(name);
            }
        }
    }
    problems.unshift(...findCircle(stack, referencesOf));
    if (environments.size > 1) {
        const names = [...environments].sort().map((name) => `"${name}"`);
        problems.push(
            `${settingOf(stack)} its references lead to several platforms (${names.join(", ")}); expected one`,
        );
    }
    const [problem] = problems;
    const [environment = ""] = environments;
    return {
        rings: seen.slice(1),
        references,
        end: problem === undefined ? { ok: true, environment } : { ok: false, problem },
    };
}

/** The first circle that is met, as a problem of the stack that closes it. */
function findCircle(
    stack: string,
    referencesOf: (stack: string) => readonly string[] | undefined,
): readonly string[] {
    const done = new Set<string>();
    const visit = (from: string, above: readonly string[]): readonly string[] => {
        const way = [...above, from];
        done.add(from);
        for (const reference of referencesOf(from) ?? []) {
            const { project, name } = readReference(reference);
            const circle =
                project !== CUSTOMER_ORGS_PROJECT
                    ? []
                    : way.includes(name)
                      ? [
                            `${settingOf(from)} ${quoteValue(reference)}: a circle of references (${[...way, name].join(" → ")}); ` +
                                "expected a chain that ends at the platform",
                        ]
                      : done.has(name)
                        ? []
                        : visit(name, way);
            if (circle.length > 0) {
                return circle;
            }
        }
        return [];
    };
    return visit(stack, []);
}

function settingOf(stack: string): string {
    return `Pulumi.${stack}.yaml: ${CUSTOMER_ORGS_PROJECT}:referenceStack:`;
}
