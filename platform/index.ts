import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { connectCluster } from "../components/connectCluster";
import { type ProgramContext, engineContext, runProgram } from "../components/runProgram";
import { longestDeadline } from "../config/agent/agentLayers";
import { PLATFORM_PROJECT } from "../config/referenceChain";
import { loadVetoes } from "../config/vetoes";
import { readOwnOutputs } from "../proof/ownOutputs";
import { refuseOtherCluster } from "../proof/refuseOtherCluster";
import { StackRollout } from "../proof/stackRollout";
import { CoreFleet } from "./coreFleet";
import { refuseForeignDeployments } from "./foreignDeployments";
import { ImageAdmission } from "./imageAdmission";
import { findForbiddenPins, keepCoreFleet } from "./keepCoreFleet";
import { loadPlatform } from "./loadPlatform";
import { formatPinHistory } from "../images/pinHistory";
import { type LookAt, referenceAgent } from "./referenceDeployment";
import { TenancyAdmission } from "./tenancyAdmission";
import { isProvenByRelease } from "./platformConfig";
import { resolvePins } from "./resolvePins";

/** The reference stack: pins → the core fleet on them → the output that every customer-orgs stack reads. */
async function platform({ settings, stackName, root, now, look }: ProgramContext) {
    const config = loadPlatform(settings, stackName);
    const vetoes = loadVetoes(path.dirname(root));
    const before = await readOwnOutputs(PLATFORM_PROJECT, stackName);
    const { gate, coreFleet, runtimes, kubeContext, kubeconfig } = config;
    const lookAt = look && ((where: Parameters<LookAt>[0]) => look({ kubeContext, kubeconfig, ...where }));
    await refuseOtherCluster(before, lookAt?.({}), kubeContext);
    const { provider, uid } = await connectCluster(config);
    const images = await resolvePins(runtimes, { provider, stack: stackName, vetoes, look: lookAt });

    const world = lookAt?.({ namespace: coreFleet.namespace });
    if (world !== undefined) {
        await refuseForeignDeployments(coreFleet, world);
    }
    const forbids = world && findForbiddenPins(config, before.proof, now);
    const file = `platform/Pulumi.${stackName}.yaml`;
    const keep = forbids && (await keepCoreFleet(config, before.proof, forbids, world, file));
    const rollout = new StackRollout({
        gate,
        vetoes,
        world,
        forbids,
        progressDeadlineSeconds: Math.max(
            coreFleet.progressDeadlineSeconds,
            longestDeadline(config.plans.values()),
        ),
        byRelease: (runtime) => isProvenByRelease(runtimes.get(runtime)),
    });
    new CoreFleet(
        "core-fleet",
        { fleet: coreFleet, images, keep, plans: config.plans, rollout },
        { providers: [provider] },
    );
    for (const [runtime, { fromDeployment }] of lookAt === undefined ? [] : runtimes) {
        if (fromDeployment !== undefined) {
            rollout.follow(referenceAgent(runtime, fromDeployment, lookAt));
        }
    }

    if (config.tenancy !== undefined) {
        const options = { ...config.tenancy, coreNamespace: coreFleet.namespace };
        new TenancyAdmission("tenancy", options, { providers: [provider] });
    }
    if (config.admissionPolicy !== undefined) {
        const args = { settings: config.admissionPolicy, coreNamespace: coreFleet.namespace, root, now };
        new ImageAdmission("require-immutable-images", args, { providers: [provider] });
    }

    await rollout.warnOfWaiting();
    const pins = pulumi.all(Object.fromEntries(images));
    const proven = rollout.prove(pins, before.proof);
    return {
        /** What the core fleet has really run: a release that the platform's own agents cannot run goes no further. */
        runtimeImages: proven.runtimeImages,
        /** By which evidence, and what is missing where a pin is not proven yet. */
        proof: proven.proof,
        /** Each runtime's pins, newest first: how far behind an agent is. */
        pinHistory: pins.apply((images) => formatPinHistory(runtimes, new Map(Object.entries(images)))),
        clusterUid: uid,
    };
}

export = (context = engineContext()) => runProgram(() => platform(context));
