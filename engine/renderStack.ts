import * as path from "node:path";
import customerOrgs from "../index";
import platform from "../platform/index";
import { CUSTOMER_ORGS_PROJECT } from "../config/loadStack";
import { ConfigError } from "../lib/text/configError";
import type { RawConfig } from "../config/readProjectConfig";
import { readStackFile } from "../config/readStackFile";
import { readReferenceSetting } from "../config/stackConfig";
import { PLATFORM_PROJECT, followReferences } from "../config/referenceChain";
import { RUNTIME_IMAGES_OUTPUT } from "../images/readReferenceStack";
import { liveWorld } from "../proof/liveWorld";
import { type Evaluated, type KubernetesObject, ORGANIZATION, evaluateProgram } from "./evaluateProgram";
import type { StackOutputs } from "./stackState";

export type { KubernetesObject } from "./evaluateProgram";

/** Which stack to render, and from what. */
export interface RenderStackOptions {
    /** The stack's name: `prod`. */
    readonly stack: string;
    /** The project's root: the directory of Pulumi.yaml. */
    readonly root: string;
    /** The references' output; where it is left out, the platform's program is evaluated too. */
    readonly runtimeImages?: unknown;
    /**
     * Whether a ring's images are taken from the platform as if every ring before it had proven them. Only where nothing is applied:
     * what a ring really passes on is in its outputs alone.
     */
    readonly asIfProven?: boolean;
    /** The moment at which overrides are judged. */
    readonly now: Date;
    /**
     * What the stack exported before, empty for a new one, where its objects have been applied: then its rollouts are watched and what
     * they prove is exported, as at the end of an `up`. Left out, no cluster is asked.
     */
    readonly own?: StackOutputs;
}

/** The objects of both stacks of an environment. */
export interface RenderedStack {
    /** Empty when the reference's output was given, or when the reference is not the platform itself. */
    readonly platform: readonly KubernetesObject[];
    readonly customerOrgs: readonly KubernetesObject[];
    /** The outputs that the customer-orgs stack would have. */
    readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * Renders a customer-orgs stack, and the platform stack that it refers to, with no engine, cluster or credentials.
 *
 * @throws MendableError as the programs do, and when a pin can only be had from elsewhere
 */
export async function renderStack(options: RenderStackOptions): Promise<RenderedStack> {
    const settings = readStackFile(options.root, ".", options.stack);
    const references = referencesIn(settings) ?? [];
    let objects: readonly KubernetesObject[] = [];
    let runtimeImages = options.runtimeImages;
    if (runtimeImages === undefined && references.length > 0) {
        const reference = await renderReference(options);
        objects = reference.objects;
        runtimeImages = reference.outputs[RUNTIME_IMAGES_OUTPUT];
    }
    const { objects: orgs, outputs } = await evaluateProgram(
        CUSTOMER_ORGS_PROJECT,
        customerOrgs,
        {
            settings,
            stackName: options.stack,
            root: options.root,
            now: options.now,
            look: options.own && liveWorld,
        },
        {
            ...Object.fromEntries(
                references.map((stack) => [stack, { [RUNTIME_IMAGES_OUTPUT]: runtimeImages }]),
            ),
            [ownReference(CUSTOMER_ORGS_PROJECT, options.stack)]: options.own ?? {},
        },
    );
    return { platform: objects, customerOrgs: orgs, outputs };
}

/** Evaluates the platform's stack at the end of the chain of references: a ring passes on what the ring before it has. */
async function renderReference({ stack, root, now, asIfProven }: RenderStackOptions): Promise<Evaluated> {
    const { rings, end } = followReferences(stack, (name) => referencesIn(readStackFile(root, ".", name)));
    if (!end.ok) {
        throw new ConfigError([
            `${end.problem}; give its output with "--runtime-images FILE" (pulumi stack output runtimeImages --json)`,
        ]);
    }
    const [ring] = rings;
    if (ring !== undefined && asIfProven !== true) {
        throw new ConfigError([
            `Pulumi.${stack}.yaml: ${CUSTOMER_ORGS_PROJECT}:referenceStack: the ring "${ring}" passes on only what its own agents have really run, and ` +
                `rendering cannot know that; give its output with "--runtime-images FILE" (pulumi stack output runtimeImages --stack ${ring} --json)`,
        ]);
    }
    const platformStack = await renderPlatform({ stack: end.environment, root, now });
    return rings.length === 0 ? platformStack : { ...platformStack, objects: [] };
}

/** What a stack's settings say of its references, before they are judged. */
function referencesIn(settings: RawConfig): readonly string[] | undefined {
    const text = settings[`${CUSTOMER_ORGS_PROJECT}:referenceStack`];
    return text === undefined ? undefined : readReferenceSetting(text);
}

/** Renders a platform stack alone. */
export function renderPlatform({
    stack,
    root,
    now,
    own,
}: Omit<RenderStackOptions, "runtimeImages">): Promise<Evaluated> {
    return evaluateProgram(
        PLATFORM_PROJECT,
        platform,
        {
            settings: readStackFile(root, PLATFORM_PROJECT, stack),
            stackName: stack,
            root: path.join(root, PLATFORM_PROJECT),
            now,
            look: own && liveWorld,
        },
        { [ownReference(PLATFORM_PROJECT, stack)]: own ?? {} },
    );
}

/** What a stack calls itself, when it reads what it exported before. */
function ownReference(project: string, stack: string): string {
    return `${ORGANIZATION}/${project}/${stack}`;
}
