import * as fs from "node:fs";
import * as path from "node:path";
import { ConfigError } from "../../config/configError";
import { readStackFile } from "../../config/readStackFile";
import { loadPlatform } from "../../platform/loadPlatform";
import type { PlatformConfig } from "../../platform/platformConfig";

/** The folder of the platform's project, below the root. */
export const PLATFORM_DIRECTORY = "platform";

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
