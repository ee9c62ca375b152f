import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ConfigError } from "../lib/text/configError";
import { describeIssues } from "../lib/text/describeIssues";
import { type StackLayers, findOrgProblems, planOrg, stackLayers } from "./agent/agentLayers";
import type { AgentPlan } from "./agent/agentPlan";
import type { OrgSpec } from "./orgSpec";
import { PROJECT_FILE, readProjectFile } from "./projectFile";
import { type RawConfig, parseSetting, readProjectConfig } from "./readProjectConfig";
import { findOrgs } from "./readOrgs";
import {
    type RuntimeProfiles,
    type StackConfig,
    runtimeProfilesSchema,
    stackConfigSchema,
} from "./stackConfig";

/** The project's name in Pulumi.yaml, and the prefix of its settings. */
export const CUSTOMER_ORGS_PROJECT = "customer-orgs";

const TEXT_KEYS = ["referenceStack", "orgs", "kubeContext", "kubeconfig", "environment"];

/** Everything that people wrote about one stack. */
export interface LoadedStack {
    readonly config: StackConfig;
    /** Sorted by slug. */
    readonly orgs: readonly OrgSpec[];
    /** Slug → agent → everything that the layers say of it. */
    readonly plans: ReadonlyMap<string, ReadonlyMap<string, AgentPlan>>;
    /** What the stack itself says of agents. */
    readonly layers: StackLayers;
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
    const shared = readShared(raw, root);
    const read = readProjectConfig(shared.rest, CUSTOMER_ORGS_PROJECT, stack, stackConfigSchema, TEXT_KEYS);
    if (!read.ok || shared.problems.length > 0) {
        // The orgs can still be checked when at least their directory is known.
        const directory = raw[`${CUSTOMER_ORGS_PROJECT}:orgs`];
        throw new ConfigError([
            ...shared.problems,
            ...(read.ok ? [] : read.problems),
            ...(directory === undefined ? [] : findOrgs(directory, root).problems),
        ]);
    }
    const { config } = read;
    const found = findOrgs(config.orgs, root);
    const layers = stackLayers([
        { file: PROJECT_FILE, prefix: PREFIX, runtimes: shared.runtimes },
        { file: `Pulumi.${stack}.yaml`, prefix: PREFIX, ...config },
    ]);
    const planned = found.orgs.map((org) => {
        const file = path.join(config.orgs, `${org.slug}.yaml`);
        const plans = planOrg(layers, org, file);
        const quotas = [config.defaults.quota, org.quota];
        // What leaves is not held to what it needs to run.
        const problems = org.offboarding === undefined ? findOrgProblems(plans, quotas, file) : [];
        return { org, plans, problems };
    });
    // A problem of a layer that many agents share is one problem.
    const problems = [...found.problems, ...new Set(planned.flatMap((one) => one.problems))];
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
    const plans = new Map(planned.map((one) => [one.org.slug, one.plans]));
    return { config, orgs: found.orgs, plans, layers };
}

const PREFIX = `${CUSTOMER_ORGS_PROJECT}:`;
const RUNTIMES_KEY = `${PREFIX}runtimes`;

/**
 * What Pulumi.yaml says of runtimes. The engine hands over a stack's own key or else the project's, and merges nothing, so the
 * project's is read from its file, and taken out of the settings where it is what the engine handed over.
 */
function readShared(
    raw: RawConfig,
    root: string,
): { readonly runtimes: RuntimeProfiles; readonly rest: RawConfig; readonly problems: readonly string[] } {
    const value = readSharedSetting(root);
    if (value === undefined) {
        return { runtimes: new Map(), rest: raw, problems: [] };
    }
    const given = raw[RUNTIMES_KEY];
    const same = given !== undefined && isDeepStrictEqual(parseSetting(given), value);
    const rest = same ? withoutKey(raw, RUNTIMES_KEY) : raw;
    const parsed = runtimeProfilesSchema.safeParse(value);
    return parsed.success
        ? { runtimes: parsed.data, rest, problems: [] }
        : {
              runtimes: new Map(),
              rest,
              problems: describeIssues(parsed.error, value).map(
                  (problem) => `${PROJECT_FILE}: ${RUNTIMES_KEY}.${problem}`,
              ),
          };
}

function readSharedSetting(root: string): unknown {
    const text = readProjectFile(root, ".")[RUNTIMES_KEY];
    return text === undefined ? undefined : parseSetting(text);
}

/**
 * What Pulumi.yaml says of runtimes, for all stacks.
 *
 * @throws ConfigError when it cannot be read
 */
export function readSharedRuntimes(root: string): RuntimeProfiles {
    const { runtimes, problems } = readShared({}, root);
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
    return runtimes;
}

function withoutKey(raw: RawConfig, key: string): RawConfig {
    return Object.fromEntries(Object.entries(raw).filter(([name]) => name !== key));
}
