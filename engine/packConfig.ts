import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { StackConfig } from "../config/stackConfig";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";
import { readPackSettings } from "../policy/check/readPackConfig";

/** The policy pack, beside these commands. */
export const POLICY_PACK = path.join(PACKAGE_ROOT, "policy");

/** The committed configs for stacks that have none of their own, by what the stack says it is. */
const BY_ENVIRONMENT: Partial<Record<StackConfig["environment"], string>> = {
    production: "prod",
    staging: "staging",
};

/** Which config the pack is run with. */
export interface PackConfigOptions {
    /** The project's root, whose `policy/config` is looked into first. */
    readonly project: string;
    readonly stack: string;
    readonly environment: StackConfig["environment"];
    /** What the reference exports now as `runtimeImages`; takes the place of pins that the file has. */
    readonly runtimeImages: unknown;
    /** Left out: `policy/config/<stack>.json`, or else the one of its environment, or else the rules' defaults. */
    readonly file?: string | undefined;
}

/**
 * Runs something with the pack's config for a stack, the pins of its reference in it: without them `require-platform-image` could compare
 * nothing. The file that is made for it is gone when it has ended.
 *
 * @throws MendableError when the config cannot be read, or is none of an object of policies
 */
export async function withPackConfig<T>(
    options: PackConfigOptions,
    run: (file: string) => Promise<T>,
): Promise<T> {
    const settings = readPackSettings(options.file ?? committedConfig(options));
    const rule = settings["require-platform-image"];
    const own = typeof rule === "object" ? rule : rule === undefined ? {} : { enforcementLevel: rule };
    settings["require-platform-image"] = { ...own, runtimeImages: options.runtimeImages };
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-policy-"));
    try {
        const file = path.join(directory, "policy.json");
        fs.writeFileSync(file, JSON.stringify(settings));
        return await run(file);
    } finally {
        fs.rmSync(directory, { recursive: true, force: true });
    }
}

function committedConfig({ project, stack, environment }: PackConfigOptions): string | undefined {
    const directories = [path.join(project, "policy", "config"), path.join(POLICY_PACK, "config")];
    return directories
        .flatMap((directory) =>
            [stack, BY_ENVIRONMENT[environment]].map((name) => path.join(directory, `${name ?? ""}.json`)),
        )
        .find((file) => fs.existsSync(file));
}
