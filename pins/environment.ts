import * as fs from "node:fs";
import * as path from "node:path";
import { ConfigError } from "../lib/text/configError";
import { readStackFile } from "../config/readStackFile";
import { loadPlatform, PLATFORM_DIRECTORY } from "../platform/loadPlatform";
import type { PlatformConfig } from "../platform/platformConfig";
import { MendableError } from "../lib/text/mendableError";

/** An environment: a stack of the platform's project, as its file has it. */
export interface Environment {
    readonly name: string;
    readonly config: PlatformConfig;
}

/** The outcome of reading an environment's file. */
export type ReadEnvironment =
    | { readonly ok: true; readonly environment: Environment }
    | { readonly ok: false; readonly problems: readonly string[] };

/** The file in which an environment's pins stand, from the root. */
export function environmentFile(name: string): string {
    return `${PLATFORM_DIRECTORY}/Pulumi.${name}.yaml`;
}

/** Reads an environment's file with the platform program's own schema. Problems are returned, one line each. */
export function readEnvironment(root: string, name: string): ReadEnvironment {
    try {
        const settings = readStackFile(root, PLATFORM_DIRECTORY, name);
        return { ok: true, environment: { name, config: loadPlatform(settings, name) } };
    } catch (error) {
        if (error instanceof ConfigError) {
            return { ok: false, problems: error.problems };
        }
        throw error;
    }
}

/** The environments of a checkout, in alphabetical order: every stack of the platform's project that has a file. */
export function listEnvironments(root: string): readonly string[] {
    const directory = path.join(root, PLATFORM_DIRECTORY);
    const entries = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
    return entries.flatMap((entry) => /^Pulumi\.([^.]+)\.yaml$/.exec(entry)?.[1] ?? []).sort();
}

/**
 * The project's root that a command works on.
 *
 * @throws MendableError when there is no platform project in it
 */
export function projectRoot(project = process.cwd()): string {
    const root = path.resolve(project);
    if (!fs.existsSync(path.join(root, PLATFORM_DIRECTORY, "Pulumi.yaml"))) {
        throw new MendableError(
            `"${root}" has no ${PLATFORM_DIRECTORY}/Pulumi.yaml; expected the project's root: run this there, or name it with --project`,
        );
    }
    return root;
}
/**
 * Refuses environments that there are not.
 *
 * @throws MendableError that names those that there are
 */
export function assertEnvironments(root: string, names: readonly string[]): void {
    const known = listEnvironments(root);
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length > 0) {
        const files = unknown.map((name) => `"${name}" (${environmentFile(name)})`).join(", ");
        throw new MendableError(`there is no environment ${files}; expected one of ${known.join(", ")}`);
    }
}
