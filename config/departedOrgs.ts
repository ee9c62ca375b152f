import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { ConfigError } from "../lib/text/configError";
import { CUSTOMER_ORGS_PROJECT, type LoadedStack } from "./loadStack";

/** What this stack exported last time, as far as it is read here. Foreign data too: an older program may have written it. */
const ownOutputsSchema = z.object({
    agents: z.record(z.string(), z.unknown()).catch({}),
    offboarding: z.array(z.string()).catch([]),
});

/** The orgs that a stack's last deployment had and that may go now: those whose files said `offboarding` by then. */
export function listOffboarding({ orgs }: LoadedStack): readonly string[] {
    return orgs.filter(({ offboarding }) => offboarding !== undefined).map(({ slug }) => slug);
}

/**
 * Stops a deployment from which an org is missing that was there before and was never offboarded: a deleted file, a renamed
 * slug or a wrong directory would take the customer's agents down. The namespace is protected besides.
 *
 * @param stackName the stack's name; its own outputs of the last deployment are read
 * @throws ConfigError naming every org that is missing
 */
export async function refuseDepartedOrgs(stack: LoadedStack, stackName: string): Promise<void> {
    const name = `${pulumi.getOrganization()}/${CUSTOMER_ORGS_PROJECT}/${stackName}`;
    const before = new pulumi.StackReference("itself", { name });
    const [agents, offboarding] = await Promise.all([
        before.getOutputDetails("agents"),
        before.getOutputDetails("offboarding"),
    ]);
    const known = ownOutputsSchema.parse({
        agents: agents.value as unknown,
        offboarding: offboarding.value as unknown,
    });
    const problems = findDepartedOrgs(
        Object.keys(known.agents),
        known.offboarding,
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
