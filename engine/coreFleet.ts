import * as fs from "node:fs";
import * as path from "node:path";
import type { AgentPlan } from "../config/agent/agentPlan";
import { readStackFile } from "../config/readStackFile";
import { loadPlatform, PLATFORM_DIRECTORY } from "../platform/loadPlatform";
import type { PlatformConfig } from "../platform/platformConfig";

/** What an environment's file says of the platform's own agents, for whoever compares them with what runs. */
export interface CoreFleetPlan extends Pick<PlatformConfig, "kubeContext" | "kubeconfig" | "runtimes"> {
    readonly namespace: string;
    readonly agents: readonly { readonly name: string; readonly runtime: string }[];
}

/** What an environment's file says of itself besides. */
export interface PlatformPlan extends CoreFleetPlan, Pick<PlatformConfig, "pause" | "breakGlass" | "queue"> {
    readonly freeze: PlatformConfig["promotion"]["freeze"];
    /** From the project's root. */
    readonly file: string;
    /** Agent → everything that the layers say of it, of those that the platform owns whole. */
    readonly plans: ReadonlyMap<string, AgentPlan>;
}

/**
 * Reads the plan of an environment's core fleet.
 *
 * @param root the project's root
 * @returns `undefined` where the checkout has no such environment
 * @throws ConfigError when its file cannot be used
 */
export function readCoreFleet(root: string, environment: string): PlatformPlan | undefined {
    const file = `${PLATFORM_DIRECTORY}/Pulumi.${environment}.yaml`;
    if (!fs.existsSync(path.join(root, file))) {
        return undefined;
    }
    const settings = readStackFile(root, PLATFORM_DIRECTORY, environment);
    const { coreFleet, ...config } = loadPlatform(settings, environment);
    const { namespace, agents } = coreFleet;
    return { ...config, freeze: config.promotion.freeze, file, namespace, agents };
}
