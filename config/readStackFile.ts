import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { ConfigError } from "../lib/text/configError";
import type { RawConfig } from "./readProjectConfig";
import { parseYamlAs } from "./parseYaml";
import { readProjectFile, textOf } from "./projectFile";

const stackFileSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).default({}) });

/**
 * Reads the settings of a stack as the engine would hand them to the program: its own file's, and for keys that are not there
 * those of Pulumi.yaml; text as it is, all else as JSON.
 * For what runs without an engine; a secret setting cannot be read that way, and is left out.
 *
 * @param directory the project's, relative to `root`
 * @throws ConfigError when the file is missing or not a stack's file
 */
export function readStackFile(root: string, directory: string, stack: string): RawConfig {
    const file = path.join(directory, `Pulumi.${stack}.yaml`);
    if (!/^[A-Za-z0-9._-]+$/.test(stack)) {
        throw new ConfigError([
            `"${stack}" is not the name of a stack; expected letters, digits, ".", "_" and "-"`,
        ]);
    }
    let text: string;
    try {
        text = fs.readFileSync(path.join(root, file), "utf8");
    } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        throw new ConfigError([
            `${file}: cannot be read (${code}); expected the settings of the stack "${stack}"`,
        ]);
    }
    const read = parseYamlAs(text, file, stackFileSchema);
    if (!read.ok) {
        throw new ConfigError(read.problems);
    }
    const settings: Record<string, string> = { ...readProjectFile(root, directory) };
    for (const [key, value] of Object.entries(read.value.config)) {
        if (typeof value === "object" && value !== null && Object.hasOwn(value, "secure")) {
            Reflect.deleteProperty(settings, key);
            continue;
        }
        settings[key] = textOf(value);
    }
    return settings;
}

/** The customer-orgs stacks of a checkout, in alphabetical order. */
export function listStacks(root: string): readonly string[] {
    return fs
        .readdirSync(root)
        .flatMap((entry) => /^Pulumi\.([^.]+)\.yaml$/.exec(entry)?.[1] ?? [])
        .sort();
}
