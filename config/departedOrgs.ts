import { ConfigError } from "../lib/text/configError";
import type { LoadedStack } from "./loadStack";

/** The orgs that a stack's last deployment had and that may go now: those whose files said `offboarding` by then. */
export function listOffboarding({ orgs }: Pick<LoadedStack, "orgs">): readonly string[] {
    return orgs.filter(({ offboarding }) => offboarding !== undefined).map(({ slug }) => slug);
}

/**
 * Stops a deployment from which an org is missing that was there before and was never offboarded: a deleted file, a renamed
 * slug or a wrong directory would take the customer's agents down. The namespace is protected besides.
 *
 * @param before the stack's own outputs of the last deployment
 * @throws ConfigError naming every org that is missing
 */
export function refuseDepartedOrgs(
    stack: Pick<LoadedStack, "config" | "orgs">,
    before: { readonly agents: Readonly<Record<string, unknown>>; readonly offboarding: readonly string[] },
): void {
    const problems = findDepartedOrgs(
        Object.keys(before.agents),
        before.offboarding,
        stack.orgs.map(({ slug }) => slug),
    ).map(
        (slug) =>
            `${stack.config.orgs}/${slug}.yaml: is missing, and the org "${slug}" was deployed by this stack; expected the file, ` +
            'or one deployment with "offboarding" in it before it is deleted',
    );
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
}

/** The orgs that were deployed, were not being offboarded, and have no file any more. */
export function findDepartedOrgs(
    deployed: readonly string[],
    offboarding: readonly string[],
    present: readonly string[],
): readonly string[] {
    return deployed.filter((slug) => !present.includes(slug) && !offboarding.includes(slug)).sort();
}
