import * as fs from "node:fs";
import * as path from "node:path";
import { loadNamedStack } from "../config/loadStacks";
import type { StackConfig } from "../config/stackConfig";
import type { CommandIo } from "../lib/system/commandIo";
import { whileWaiting } from "../lib/system/whileWaiting";
import { MendableError } from "../lib/text/mendableError";
import { quoteNames } from "../lib/text/quoteValue";
import { connectStack } from "./connectStack";
import { findEngine } from "./findEngine";
import { readReferenceOutput } from "./referenceOutput";

/** What a preflight has read of a stack. */
export interface Preflight {
    readonly config: StackConfig;
    readonly runtimeImages: unknown;
}

/**
 * Everything that must be there before a stack is updated, each with its sentence and what mends it: the engine, a login, the passphrase,
 * the stack and its settings, the context, credentials that are valid now, the stack's own cluster, and the pins of its references.
 *
 * @returns the stack's settings and its reference's output `runtimeImages`, as it stands there
 * @throws MendableError with the first that is missing
 */
export async function preflight(project: string, stack: string, { env }: CommandIo): Promise<Preflight> {
    const engine = await whileWaiting("the Pulumi engine", findEngine);
    if (!engine.ok) {
        throw new MendableError(
            `${engine.reason}; expected the one of "npm ci", and a network to download it once`,
        );
    }
    const { config } = loadNamedStack(project, stack);
    refuseWithoutPassphrase(project, stack, env);
    const { client, state } = await connectStack({ project, stack, config });
    client.close();
    const { referenceStack } = config;
    const runtimeImages = await whileWaiting(`the outputs of ${quoteNames(referenceStack)}`, () =>
        readReferenceOutput(project, referenceStack, () => Promise.resolve(state.outputs)),
    );
    return { config, runtimeImages };
}

/**
 * The engine asks for it when it opens the stack, in words of its own, and only where it may not ask a person.
 *
 * @throws MendableError where it is needed and missing
 */
export function refuseWithoutPassphrase(project: string, stack: string, env: NodeJS.ProcessEnv): void {
    const file = path.join(project, `Pulumi.${stack}.yaml`);
    const isEncrypted = /^encryptionsalt:/m.test(fs.readFileSync(file, "utf8"));
    const given = env["PULUMI_CONFIG_PASSPHRASE"] ?? env["PULUMI_CONFIG_PASSPHRASE_FILE"];
    if (isEncrypted && given === undefined) {
        throw new MendableError(
            `Pulumi.${stack}.yaml is encrypted with a passphrase, and there is none; expected it in PULUMI_CONFIG_PASSPHRASE, or its file in ` +
                "PULUMI_CONFIG_PASSPHRASE_FILE",
        );
    }
}
