import customerOrgs from "../../index";
import platform from "../../platform/index";
import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";
import { ConfigError } from "../../config/configError";
import { readStackFile } from "../../config/readStackFile";
import { RUNTIME_IMAGES_OUTPUT } from "../../images/readReferenceStack";
import { PLATFORM_PROJECT } from "../../platform/loadPlatform";
import { type Evaluated, type KubernetesObject, evaluateProgram } from "./evaluateProgram";

export type { KubernetesObject } from "./evaluateProgram";

/** Which stack to render, and from what. */
export interface RenderOptions {
    /** The stack's name: `prod`. */
    readonly stack: string;
    /** The project's root: the directory of Pulumi.yaml. */
    readonly root: string;
    /** The reference's output; where it is left out, the reference stack's program is evaluated too. */
    readonly runtimeImages?: unknown;
    /** The moment at which overrides are judged. */
    readonly now: Date;
}

/** The objects of both stacks of an environment. */
export interface RenderedStack {
    /** Empty when the reference's output was given, or when the reference is not the platform itself. */
    readonly platform: readonly KubernetesObject[];
    readonly customerOrgs: readonly KubernetesObject[];
    /** The outputs that the customer-orgs stack would have. */
    readonly outputs: Readonly<Record<string, unknown>>;
}

/** Rings that follow each other; more is a circle. */
const MAX_RINGS = 20;

/**
 * Renders a customer-orgs stack, and the platform stack that it refers to, with no engine, cluster or credentials.
 *
 * @throws ConfigError, ReferenceOutputError as the programs do; NotRenderableError when a pin can only be had from elsewhere
 */
export async function renderStack(options: RenderOptions): Promise<RenderedStack> {
    const settings = readStackFile(options.root, ".", options.stack);
    const referenceStack = settings[`${CUSTOMER_ORGS_PROJECT}:referenceStack`] ?? "";
    let objects: readonly KubernetesObject[] = [];
    let runtimeImages = options.runtimeImages;
    if (runtimeImages === undefined && referenceStack !== "") {
        const reference = await renderReference(options, referenceStack, MAX_RINGS);
        objects = reference.objects;
        runtimeImages = reference.outputs[RUNTIME_IMAGES_OUTPUT];
    }
    const { objects: orgs, outputs } = await evaluateProgram(
        CUSTOMER_ORGS_PROJECT,
        customerOrgs,
        { settings, stackName: options.stack, root: options.root, now: options.now },
        { [referenceStack]: { [RUNTIME_IMAGES_OUTPUT]: runtimeImages } },
    );
    return { platform: objects, customerOrgs: orgs, outputs };
}

/** Evaluates the platform's stack at the end of the chain of references: a ring passes on what the ring before it has. */
async function renderReference(
    options: RenderOptions,
    referenceStack: string,
    ringsLeft: number,
): Promise<Evaluated> {
    const [stack = "", project = CUSTOMER_ORGS_PROJECT] = referenceStack.split("/").reverse();
    if (project === PLATFORM_PROJECT) {
        const settings = readStackFile(options.root, PLATFORM_PROJECT, stack);
        return evaluateProgram(PLATFORM_PROJECT, platform, {
            settings,
            stackName: stack,
            root: options.root,
            now: options.now,
        });
    }
    if (project !== CUSTOMER_ORGS_PROJECT || ringsLeft === 0) {
        const why =
            ringsLeft === 0 ? "is part of a circle of references" : "is of a project that is not here";
        throw new ConfigError([
            `Pulumi.${options.stack}.yaml: ${CUSTOMER_ORGS_PROJECT}:referenceStack: "${referenceStack}" ${why}; ` +
                'give its output with "--runtime-images FILE" (pulumi stack output runtimeImages --json)',
        ]);
    }
    const next = readStackFile(options.root, ".", stack)[`${CUSTOMER_ORGS_PROJECT}:referenceStack`] ?? "";
    const { outputs } = await renderReference(options, next, ringsLeft - 1);
    return { objects: [], outputs };
}
