import { ConfigError } from "../lib/text/configError";
import type { OrgSpec } from "./orgSpec";
import { type RawConfig, readProjectConfig } from "./readProjectConfig";
import { findOrgs } from "./readOrgs";
import { type StackConfig, stackConfigSchema } from "./stackConfig";

/** The project's name in Pulumi.yaml, and the prefix of its settings. */
export const CUSTOMER_ORGS_PROJECT = "customer-orgs";

const TEXT_KEYS = ["referenceStack", "orgs", "kubeContext", "kubeconfig", "environment"];

/** Everything that people wrote about one stack. */
export interface LoadedStack {
    readonly config: StackConfig;
    /** Sorted by slug. */
    readonly orgs: readonly OrgSpec[];
}

/**
 * Reads a stack's config and all of its orgs' files.
 *
 * @param raw the engine's settings, `pulumi.runtime.allConfig()`
 * @param stack the stack's name
 * @param root the project's root, against which the orgs' directory is resolved
 * @throws ConfigError with the problems of config and files together
 */
export function loadStack(raw: RawConfig, stack: string, root: string): LoadedStack {
    const read = readProjectConfig(raw, CUSTOMER_ORGS_PROJECT, stack, stackConfigSchema, TEXT_KEYS);
    if (!read.ok) {
        // The orgs can still be checked when at least their directory is known.
        const directory = raw[`${CUSTOMER_ORGS_PROJECT}:orgs`];
        throw new ConfigError([
            ...read.problems,
            ...(directory === undefined ? [] : findOrgs(directory, root).problems),
        ]);
    }
    const { config } = read;
    const found = findOrgs(config.orgs, root);
    if (found.problems.length > 0) {
        throw new ConfigError(found.problems);
    }
    return { config, orgs: found.orgs };
}
