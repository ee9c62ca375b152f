import { ConfigError } from "../lib/text/configError";
import { type RawConfig, readProjectConfig } from "../config/readProjectConfig";
import { PLATFORM_PROJECT } from "../config/referenceChain";
import { type PlatformConfig, platformConfigSchema } from "./platformConfig";

/**
 * Reads a platform stack's config.
 *
 * @param raw the engine's settings, `pulumi.runtime.allConfig()`
 * @throws ConfigError with all problems together; one of a pin names its runtime
 */
export function loadPlatform(raw: RawConfig, stack: string): PlatformConfig {
    const read = readProjectConfig(raw, PLATFORM_PROJECT, stack, platformConfigSchema, [
        "kubeContext",
        "kubeconfig",
    ]);
    if (!read.ok) {
        throw new ConfigError(read.problems.map((problem) => `platform/${problem}`));
    }
    return read.config;
}

/** The folder of the platform's project, below the root. */
export const PLATFORM_DIRECTORY = "platform";
