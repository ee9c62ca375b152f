import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { connectCluster } from "../components/connectCluster";
import { type ProgramContext, engineContext, runProgram } from "../components/runProgram";
import { loadVetoes } from "../config/vetoes";
import { formatRuntimeImages } from "../images/runtimeImages";
import { CoreFleet } from "./coreFleet";
import { ImageAdmission } from "./imageAdmission";
import { loadPlatform } from "./loadPlatform";
import { formatPinHistory } from "./pinHistory";
import { resolvePins } from "./resolvePins";

/** The reference stack: pins → the core fleet on them → the output that every customer-orgs stack reads. */
async function platform({ settings, stackName, root, now }: ProgramContext) {
    const config = loadPlatform(settings, stackName);
    const vetoes = loadVetoes(path.dirname(root));
    const { provider, uid } = connectCluster(config);
    const images = await resolvePins(config.runtimes, { provider, stack: stackName, vetoes });

    const fleet = new CoreFleet(
        "core-fleet",
        { fleet: config.coreFleet, images, bootGates: config.bootGates },
        { providers: [provider] },
    );

    if (config.admissionPolicy !== undefined) {
        const args = { settings: config.admissionPolicy, root, now };
        new ImageAdmission("require-immutable-images", args, { providers: [provider] });
    }

    // Known only when the core fleet runs it: a release that the platform's own agents cannot run goes no further.
    const proven = pulumi
        .all([pulumi.all(Object.fromEntries(images)), pulumi.all([...fleet.rolledOut])])
        .apply(([pins]) => new Map(Object.entries(pins)));
    return {
        runtimeImages: proven.apply(formatRuntimeImages),
        /** Each runtime's pins, newest first: how far behind an agent is. */
        pinHistory: proven.apply((pins) => formatPinHistory(config.runtimes, pins)),
        clusterUid: uid,
    };
}

export = (context = engineContext()) => runProgram(() => platform(context));
