import * as pulumi from "@pulumi/pulumi";
import { connectCluster } from "../components/connectCluster";
import { type ProgramContext, engineContext, runProgram } from "../components/runProgram";
import { formatRuntimeImages } from "../images/runtimeImages";
import { CoreFleet } from "./coreFleet";
import { loadPlatform } from "./loadPlatform";
import { resolvePins } from "./resolvePins";

/** The reference stack: pins → the core fleet on them → the output that every customer-orgs stack reads. */
async function platform({ settings, stackName }: ProgramContext) {
    const config = loadPlatform(settings, stackName);
    const { provider, uid } = connectCluster(config);
    const images = await resolvePins(config.runtimes, { provider, stack: stackName });

    const fleet = new CoreFleet(
        "core-fleet",
        { fleet: config.coreFleet, images, bootGates: config.bootGates },
        { providers: [provider] },
    );

    const pins = pulumi.all(Object.fromEntries(images));
    return {
        /** Known only when the core fleet runs it: a release that the platform's own agents cannot run goes no further. */
        runtimeImages: pulumi
            .all([pins, pulumi.all([...fleet.rolledOut])])
            .apply(([resolved]) => formatRuntimeImages(new Map(Object.entries(resolved)))),
        clusterUid: uid,
    };
}

export = (context = engineContext()) => runProgram(() => platform(context));
