import * as pulumi from "@pulumi/pulumi";
import { connectCluster } from "./components/connectCluster";
import { CustomerOrg } from "./components/customerOrg";
import { type ProgramContext, engineContext, runProgram } from "./components/runProgram";
import { chooseAgentImages } from "./config/chooseAgentImages";
import { listOffboarding, refuseDepartedOrgs } from "./config/departedOrgs";
import { describeAgents } from "./config/describeAgents";
import { loadStack } from "./config/loadStack";
import { loadVetoes } from "./config/vetoes";
import { readReferenceStack } from "./images/readReferenceStack";
import { formatRuntimeImages } from "./images/runtimeImages";

/** The customer orgs of one stack: config → the reference's images → one `CustomerOrg` per org → outputs. */
async function customerOrgs({ settings, stackName, root, now }: ProgramContext) {
    // Whatever can be wrong in files and in the reference is found here, before the first object is declared.
    const stack = loadStack(settings, stackName, root);
    await refuseDepartedOrgs(stack, stackName);
    const pins = await readReferenceStack(stack.config.referenceStack);
    const orgs = await chooseAgentImages(stack, pins, { now, vetoes: loadVetoes(root) });

    const { provider, uid } = connectCluster(stack.config);
    const customers = orgs.map(
        (org) => new CustomerOrg(org.org.slug, { ...org, ...stack.config }, { providers: [provider] }),
    );

    const rolledOut = customers.flatMap(({ agents }) => agents.map(({ deployment }) => deployment.id));
    return {
        /** What this stack has rolled out, in the platform's own schema: the next ring's reference. */
        runtimeImages: pulumi.all(rolledOut).apply(() => formatRuntimeImages(pins)),
        /** Org → agent → image, source, runtime and release: a preview's diff of it is the list of what a release changes. */
        agents: describeAgents(orgs),
        /** The orgs that may go: the second step of an offboarding is refused to any other. */
        offboarding: listOffboarding(stack),
        clusterUid: uid,
    };
}

export = (context = engineContext()) => runProgram(() => customerOrgs(context));
