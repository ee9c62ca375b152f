import * as path from "node:path";
import { LocalWorkspace, type Stack, StackNotFoundError } from "@pulumi/pulumi/automation";
import { RUNTIME_IMAGES_OUTPUT } from "../images/readReferenceStack";
import { type RuntimeImages, parseRuntimeImages } from "../images/runtimeImages";
import { engineEnvironment } from "./engineEnvironment";
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
        let stack: Stack;
        try {
            stack = await LocalWorkspace.selectStack(
                { stackName: environment, workDir },
                {
                    envVars: {
                        ...engineEnvironment(),
                        PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
                    },
                },
            );
        } catch (error) {
            throw new MendableError(describeFailure(error, environment), { cause: error });
        }
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
                    throw new MendableError(describeFailure(error, environment), { cause: error });
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

/** Lines of the engine's output that say nothing of why it failed. */
const NOISE =
    /^(?:(?:code|stdout|stderr|err\?): *(?:-?\d+|undefined)?|warning: .*|error: update failed|pulumi:pulumi:Stack \(.*\):)$/;

/** What the engine said, in a few lines that name the way out. */
function describeFailure(error: unknown, environment: string): string {
    const text = error instanceof Error ? error.message : String(error);
    const inProject = `pulumi -C ${PLATFORM_DIRECTORY}`;
    if (/currently locked by|Another update is currently/i.test(text)) {
        return (
            `another update holds the lock of the stack "${environment}"; run this again when it has finished, ` +
            `or after "${inProject} cancel --stack ${environment}" if it died`
        );
    }
    if (error instanceof StackNotFoundError || /no stack named/i.test(text)) {
        return `the backend has no stack "${environment}" of the platform's project; expected one: "${inProject} stack init ${environment}"`;
    }
    // The diagnostics hold what the program or the cluster said, and the lines of the CLI its own errors; the rest is the
    // list of resources, and the same once more.
    const diagnostics =
        /Diagnostics:\n([\s\S]*?)(?:\n(?:Policies|Outputs|Resources|Duration):|\n\s*err\?:|$)/.exec(
            text,
        )?.[1];
    const errors = text.match(/^error: .*$/gm);
    const lines = [...new Set((diagnostics ?? errors?.join("\n") ?? text).split("\n"))]
        .map((line) => line.trim())
        .filter((line) => line !== "" && !NOISE.test(line));
    const clipped = lines.slice(0, 12).join("\n");
    return clipped.length > 2000 ? `${clipped.slice(0, 1997)}...` : clipped;
}
