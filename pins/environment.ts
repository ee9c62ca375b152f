import * as fs from "node:fs";
import * as path from "node:path";
import { ConfigError } from "../lib/text/configError";
import { type LoadedStacks, chainOf } from "../config/loadStacks";
import { readStackFile } from "../config/readStackFile";
import { loadPlatform, PLATFORM_DIRECTORY } from "../platform/loadPlatform";
import type { PlatformConfig } from "../platform/platformConfig";
import { listNames } from "../lib/system/listNames";
import { MendableError } from "../lib/text/mendableError";

/** An environment: a stack of the platform's project, as its file has it. */
export interface Environment {
    readonly name: string;
    readonly config: PlatformConfig;
}

/** The file in which an environment's pins stand, from the root. */
export function environmentFile(name: string): string {
    return `${PLATFORM_DIRECTORY}/Pulumi.${name}.yaml`;
}

/**
 * Reads an environment's file with the platform program's own schema.
 *
 * @throws ConfigError when it cannot be used
 */
export function readEnvironment(root: string, name: string): Environment {
    return { name, config: loadPlatform(readStackFile(root, PLATFORM_DIRECTORY, name), name) };
}

/** Reads environments, all of the checkout when none are named, and a line for every problem of those that cannot be read. */
export function readEnvironments(
    root: string,
    names = listEnvironments(root),
): { readonly environments: readonly Environment[]; readonly problems: readonly string[] } {
    const problems: string[] = [];
    const environments = names.flatMap((name) => {
        try {
            return [readEnvironment(root, name)];
        } catch (error) {
            if (!(error instanceof ConfigError)) {
                throw error;
            }
            problems.push(...error.problems);
            return [];
        }
    });
    return { environments, problems };
}

/** The environments of a checkout, in alphabetical order: every stack of the platform's project that has a file. */
export function listEnvironments(root: string): readonly string[] {
    const files = listNames(path.join(root, PLATFORM_DIRECTORY), /^Pulumi\.[^.]+\.yaml$/);
    return files.map((file) => file.split(".")[1] ?? "");
}

/**
 * The environment whose pins a customer-orgs stack gets, through its rings, by the files of its checkout.
 *
 * @param environments those that the checkout has a file of
 */
export function followedEnvironment(
    stack: string,
    stacks: LoadedStacks["stacks"],
    environments: readonly string[],
): { readonly environment: string; readonly problem?: undefined } | { readonly problem: string } {
    const { end } = chainOf(stack, stacks);
    if (!end.ok) {
        return end;
    }
    const { environment } = end;
    return environments.includes(environment)
        ? { environment }
        : {
              problem: `Pulumi.${stack}.yaml: it follows the platform's "${environment}"; expected ${environmentFile(environment)}`,
          };
}

/**
 * The project's root that a command works on.
 *
 * @param environments those that it was told to work on
 * @throws MendableError when there is no platform project in it, or no such environment
 */
export function projectRoot(project = process.cwd(), environments: readonly string[] = []): string {
    const root = path.resolve(project);
    if (!fs.existsSync(path.join(root, PLATFORM_DIRECTORY, "Pulumi.yaml"))) {
        throw new MendableError(
            `"${root}" has no ${PLATFORM_DIRECTORY}/Pulumi.yaml; expected the project's root: run this there, or name it with --project`,
        );
    }
    const known = listEnvironments(root);
    const unknown = environments.filter((name) => !known.includes(name));
    if (unknown.length > 0) {
        const files = unknown.map((name) => `"${name}" (${environmentFile(name)})`).join(", ");
        throw new MendableError(`there is no environment ${files}; expected one of ${known.join(", ")}`);
    }
    return root;
}
