import * as path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { RUNTIME_IMAGES_OUTPUT } from "../images/readReferenceStack";
import { type RuntimeImages, parseRuntimeImages } from "../images/runtimeImages";
import { describeEngineFailure, openStack } from "./openStack";
import { MendableError } from "../lib/text/mendableError";
import { type UpdateInterruption, runUpdate } from "./runUpdate";
import { PLATFORM_DIRECTORY } from "../platform/loadPlatform";

/** The platform stack of one environment, as far as a promotion needs it. */
export interface PlatformStack {
    /**
     * What it has deployed; `undefined` when it was never deployed.
     *
     * @throws Error when the output cannot be read
     */
    readImages(): Promise<RuntimeImages | undefined>;
    /**
     * `pulumi up` from the checkout.
     *
     * @throws MendableError that says what failed; that another update holds the stack's lock, when it does
     */
    update(message: string): Promise<void>;
}

/** Opens the stack of an environment. */
export type OpenStack = (environment: string) => Promise<PlatformStack>;

/** How stacks are updated. */
export interface PulumiOptions {
    /** The policy pack's folder, if one is to guard the update. */
    readonly policyPack?: string;
    /** The pack's configuration, a JSON file; `<environment>` in it is replaced. */
    readonly policyPackConfig?: string;
    /** Called with what the engine prints. */
    readonly onOutput?: ((text: string) => void) | undefined;
    readonly interrupted?: UpdateInterruption;
}

/** Opens stacks with the real engine, through the Automation API; the backend is whatever the environment says. */
export function pulumiStacks(root: string, options: PulumiOptions = {}): OpenStack {
    return async (environment) => {
        const workDir = path.join(root, PLATFORM_DIRECTORY);
        const stack = await openStack(workDir, environment);
        return {
            readImages: () => readImages(stack),
            update: async (message) => {
                try {
                    await runUpdate({
                        workDir,
                        stack: environment,
                        message,
                        policyPack: options.policyPack,
                        policyPackConfig: options.policyPackConfig?.replaceAll("<environment>", environment),
                        onOutput: options.onOutput,
                        interrupted: options.interrupted,
                    });
                } catch (error) {
                    options.interrupted?.stop.throwIfAborted();
                    throw new MendableError(describeEngineFailure(error, workDir, environment), {
                        cause: error,
                    });
                }
            },
        };
    };
}

async function readImages(stack: Stack): Promise<RuntimeImages | undefined> {
    const outputs = await stack.outputs();
    const output = outputs[RUNTIME_IMAGES_OUTPUT];
    return output === undefined ? undefined : parseRuntimeImages(output.value as unknown, stack.name);
}
