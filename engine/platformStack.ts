import * as path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { z } from "zod";
import { RUNTIME_IMAGES_OUTPUT } from "../images/readReferenceStack";
import { type RuntimeImages, parseRuntimeImages } from "../images/runtimeImages";
import { describeEngineFailure } from "./engineFailure";
import { openStack } from "./openStack";
import { MendableError } from "../lib/text/mendableError";
import { type UpdateInterruption, runUpdate } from "./runUpdate";
import { PLATFORM_DIRECTORY } from "../platform/loadPlatform";
import { type ProofRecord, parseProof } from "../proof/proofRecord";

/** What a platform stack said at the end of its last update that ended well. All of it is empty where there was none. */
export interface DeployedPlatform {
    /** What it exports: what its own agents have really run. */
    readonly images: RuntimeImages;
    /** The pins that it was deployed with, proven or not. */
    readonly pins: RuntimeImages;
    /** By which evidence, and what is missing where a pin is not proven yet. */
    readonly proof: ProofRecord;
}

/** The platform stack of one environment, as far as a promotion needs it. */
export interface PlatformStack {
    /**
     * What it has deployed.
     *
     * @throws Error when an output cannot be read
     */
    readDeployed(): Promise<DeployedPlatform>;
    /**
     * `pulumi up` from the checkout.
     *
     * @param refresh whether the cluster is read first, since it is not what the state says
     * @throws MendableError that says what failed; that another update holds the stack's lock, when it does
     */
    update(message: string, refresh: boolean): Promise<void>;
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
            readDeployed: () => readDeployed(stack),
            update: async (message, refresh) => {
                try {
                    await runUpdate({
                        workDir,
                        stack: environment,
                        message,
                        refresh,
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

async function readDeployed(stack: Stack): Promise<DeployedPlatform> {
    const outputs = await stack.outputs();
    const read = (name: string): unknown => outputs[name]?.value;
    const images = readRuntimes(read(RUNTIME_IMAGES_OUTPUT), stack.name);
    const history = historySchema.safeParse(read("pinHistory"));
    const pins = history.success
        ? Object.entries(history.data.runtimes).flatMap(([runtime, [pin]]) => (pin ? [[runtime, pin]] : []))
        : [];
    return {
        images,
        // A program that kept no history exported its pins as they were.
        pins: history.success
            ? readRuntimes({ schemaVersion: 1, runtimes: Object.fromEntries(pins) as unknown }, stack.name)
            : images,
        proof: parseProof(read("proof")) ?? new Map(),
    };
}

const historySchema = z.object({ runtimes: z.record(z.string(), z.array(z.unknown())) });

/** None is something to be known too: of a stack that was never deployed, and of one that has proven nothing yet. */
function readRuntimes(output: unknown, stack: string): RuntimeImages {
    const none = z.object({ runtimes: z.strictObject({}) }).safeParse(output).success;
    return output === undefined || none ? new Map() : parseRuntimeImages(output, stack);
}
