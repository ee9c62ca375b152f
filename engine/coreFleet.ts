import * as fs from "node:fs";
import * as path from "node:path";
import { readStackFile } from "../config/readStackFile";
import { loadPlatform, PLATFORM_DIRECTORY } from "../platform/loadPlatform";
import type { PlatformConfig } from "../platform/platformConfig";

/** What an environment's file says of the platform's own agents, for whoever compares them with what runs. */
export interface CoreFleetPlan extends Pick<PlatformConfig, "kubeContext" | "kubeconfig" | "runtimes"> {
    readonly namespace: string;
    readonly agents: readonly { readonly name: string; readonly runtime: string }[];
}

/**
 * Reads the plan of an environment's core fleet.
 *
 * @param root the project's root
 * @returns `undefined` where the checkout has no such environment
 * @throws ConfigError when its file cannot be used
 */
export function readCoreFleet(root: string, environment: string): CoreFleetPlan | undefined {
    if (!fs.existsSync(path.join(root, PLATFORM_DIRECTORY, `Pulumi.${environment}.yaml`))) {
        return undefined;
    }
    const settings = readStackFile(root, PLATFORM_DIRECTORY, environment);
    const { coreFleet, ...config } = loadPlatform(settings, environment);
    return { ...config, namespace: coreFleet.namespace, agents: coreFleet.agents };
}
