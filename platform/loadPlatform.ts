import { findFleetProblems, planCoreFleet } from "../config/agent/agentLayers";
import type { AgentPlan } from "../config/agent/agentPlan";
import { ConfigError } from "../lib/text/configError";
import { type RawConfig, readProjectConfig } from "../config/readProjectConfig";
import { PLATFORM_PROJECT } from "../config/referenceChain";
import { type PlatformConfig, platformConfigSchema } from "./platformConfig";

/** The config of a platform stack, and what it says of each core agent that it owns whole. */
export interface LoadedPlatform extends PlatformConfig {
    readonly plans: ReadonlyMap<string, AgentPlan>;
}

/**
 * Reads a platform stack's config.
 *
 * @param raw the engine's settings, `pulumi.runtime.allConfig()`
 * @throws ConfigError with all problems together; one of a pin names its runtime
 */
export function loadPlatform(raw: RawConfig, stack: string): LoadedPlatform {
    const read = readProjectConfig(raw, PLATFORM_PROJECT, stack, platformConfigSchema, [
        "kubeContext",
        "kubeconfig",
    ]);
    if (!read.ok) {
        throw new ConfigError(read.problems.map((problem) => `platform/${problem}`));
    }
    const plans = planCoreFleet(read.config.coreFleet, `platform/Pulumi.${stack}.yaml`);
    const problems = findFleetProblems(plans);
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
    return { ...read.config, plans };
}

/** The folder of the platform's project, below the root. */
export const PLATFORM_DIRECTORY = "platform";
