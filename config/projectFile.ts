import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { ConfigError } from "../lib/text/configError";
import type { RawConfig } from "./readProjectConfig";
import { parseYamlAs } from "./parseYaml";

const projectFileSchema = z.looseObject({
    name: z.string(),
    config: z.record(z.string(), z.unknown()).default({}),
});

/** The file that holds what all stacks of a project share. */
export const PROJECT_FILE = "Pulumi.yaml";

/**
 * Reads the settings that a project's Pulumi.yaml gives to all of its stacks, as the engine would hand them over where a stack
 * says nothing: the engine takes a key from the stack or from here, and never merges the two.
 *
 * @param directory the project's, relative to `root`
 * @returns no settings where there is no file
 * @throws ConfigError when the file cannot be read
 */
export function readProjectFile(root: string, directory: string): RawConfig {
    const file = path.join(directory, PROJECT_FILE);
    const absolute = path.join(root, file);
    if (!fs.existsSync(absolute)) {
        return {};
    }
    const read = parseYamlAs(fs.readFileSync(absolute, "utf8"), file, projectFileSchema);
    if (!read.ok) {
        throw new ConfigError(read.problems);
    }
    const { name, config } = read.value;
    return Object.fromEntries(
        Object.entries(config).flatMap(([key, declared]): [string, string][] => {
            const value = valueOf(declared);
            return value === undefined ? [] : [[key.includes(":") ? key : `${name}:${key}`, textOf(value)]];
        }),
    );
}

/** A setting's value is said in so many words, or is its default; a declaration of a type alone has none. */
function valueOf(declared: unknown): unknown {
    if (typeof declared !== "object" || declared === null || Array.isArray(declared)) {
        return declared ?? undefined;
    }
    const { value, default: fallback } = declared as { value?: unknown; default?: unknown };
    return value ?? fallback;
}

/** Text as it is, all else as JSON: what the engine makes of a setting. */
export function textOf(value: unknown): string {
    return typeof value === "string" ? value : JSON.stringify(value);
}
