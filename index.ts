import * as pulumi from "@pulumi/pulumi";
import { connectCluster } from "./components/connectCluster";
import { CustomerOrg } from "./components/customerOrg";
import { type ProgramContext, engineContext, runProgram } from "./components/runProgram";
import { longestDeadline } from "./config/agent/agentLayers";
import { chooseAgentImages } from "./config/chooseAgentImages";
import { listOffboarding, refuseDepartedOrgs } from "./config/departedOrgs";
import { describeAgents } from "./config/describeAgents";
import { CUSTOMER_ORGS_PROJECT, loadStack } from "./config/loadStack";
import { loadVetoes } from "./config/vetoes";
import { warnOfOverrides } from "./config/warnOfOverrides";
import { selectOrgs } from "./images/metadata";
import { readReferenceStacks } from "./images/readReferenceStack";
import { agreePins } from "./proof/agreedPins";
import { deployedAgent, readOwnOutputs } from "./proof/ownOutputs";
import { findForbidden, permitImages } from "./proof/permitImages";
import { refuseOtherCluster } from "./proof/refuseOtherCluster";
import { StackRollout } from "./proof/stackRollout";

/** The customer orgs of one stack: config → the reference's images → one `CustomerOrg` per org → what is proven here. */
async function customerOrgs({ settings, stackName, root, now, look }: ProgramContext) {
    // Whatever can be wrong in files and in the reference is found here, before the first object is declared.
    const stack = loadStack(settings, stackName, root);
    const { config } = stack;
    const before = await readOwnOutputs(CUSTOMER_ORGS_PROJECT, stackName);
    await refuseOtherCluster(before, look?.(config), config.kubeContext);
    refuseDepartedOrgs(stack, before);
    const { pins, heldBack } = agreePins(await readReferenceStacks(config.referenceStack), before.proof);
    const warn = (text: string) => void pulumi.log.warn(text);
    heldBack.forEach((why, runtime) => {
        warn(`${runtime}: ${why}`);
    });
    const vetoes = loadVetoes(root);
    const deployed = look && ((org: string, agent: string) => deployedAgent(before, org, agent)?.image);
    const chosen = await chooseAgentImages(stack, pins, { now, vetoes, deployed });
    const orgs = look
        ? await permitImages(chosen, { config, before, vetoes, stackName, world: look(config), now, warn })
        : chosen;
    warnOfOverrides(orgs, config.overrides.warnDays, now).forEach(warn);

    const { provider, uid } = await connectCluster(config);
    const world = look?.({ ...config, labelSelector: selectOrgs(orgs.map(({ org }) => org.slug)) });
    const rollout = new StackRollout({
        gate: config.gate,
        vetoes,
        world,
        forbids: findForbidden(config, before.proof, now),
        progressDeadlineSeconds: longestDeadline(
            [...stack.plans.values()].flatMap((agents) => [...agents.values()]),
        ),
    });
    for (const org of orgs) {
        const { slug } = org.org;
        const plans = stack.plans.get(slug) ?? new Map();
        const args = { ...config, ...org, rollout, plans };
        new CustomerOrg(slug, args, { providers: [provider] });
    }

    await rollout.warnOfWaiting();
    const proven = rollout.prove(Object.fromEntries(pins), before.proof);
    return {
        /** What this stack's own agents have really run, in the platform's own schema: the next ring's reference. */
        runtimeImages: proven.runtimeImages,
        /** By which evidence, and what is missing where a pin is not proven yet. */
        proof: proven.proof,
        /** Org → agent → image, source, runtime and release: a preview's diff of it is the list of what a release changes. */
        agents: describeAgents(orgs),
        /** The orgs that may go: the second step of an offboarding is refused to any other. */
        offboarding: listOffboarding(stack),
        clusterUid: uid,
    };
}

export = (context = engineContext()) => runProgram(() => customerOrgs(context));
