import * as pulumi from "@pulumi/pulumi";
import type { ProgramContext } from "../components/runProgram";
import { MendableError } from "../lib/text/mendableError";
import { promiseOf } from "../components/promiseOf";

/** A Kubernetes object as a program declares it, ready to be written down or applied. */
export interface KubernetesObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly [field: string]: unknown;
}

/** What a program declared and exported. */
export interface Evaluated {
    /** In the order of declaration: a namespace before what is in it. */
    readonly objects: readonly KubernetesObject[];
    readonly outputs: Readonly<Record<string, unknown>>;
}

/** The identity that an evaluation pretends the cluster has, since none is asked. */
const NO_CLUSTER = "00000000-0000-0000-0000-000000000000";

/** What backends without organizations call theirs. */
export const ORGANIZATION = "organization";

/** One after another: Pulumi's test runtime is one per process. */
let queue: Promise<unknown> = Promise.resolve();

/**
 * Evaluates a program under Pulumi's own test runtime: no engine, no cluster, no credentials.
 *
 * @param project the project's name
 * @param program what the project's index.ts exports
 * @param references stack name → its outputs, for the program's StackReferences
 * @throws whatever the program throws, in its body or in an output; MendableError for what people can mend, and when it asks a cluster or a registry
 */
export function evaluateProgram(
    project: string,
    program: (context: ProgramContext) => Promise<Readonly<Record<string, unknown>>>,
    context: ProgramContext,
    references: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): Promise<Evaluated> {
    const evaluation = queue.then(() => evaluateAlone(project, program, context, references));
    queue = evaluation.catch(() => undefined);
    return evaluation;
}

async function evaluateAlone(
    project: string,
    program: (context: ProgramContext) => Promise<Readonly<Record<string, unknown>>>,
    context: ProgramContext,
    references: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Promise<Evaluated> {
    const objects: KubernetesObject[] = [];
    const questions: MendableError[] = [];
    // A resource that cannot be declared rejects promises that nobody holds; unheard, they would end the process.
    const failures: unknown[] = [];
    const onRejection = (reason: unknown) => void failures.push(reason);
    process.on("unhandledRejection", onRejection);
    try {
        await pulumi.runtime.setMocks(
            {
                newResource: (args) => newResource(args, { objects, references, questions }),
                call: (args) => refuse(questions, registryQuestion(args)),
            },
            project,
            context.stackName,
            false,
            ORGANIZATION,
        );
        const values = await promiseOf(pulumi.output(await program(context)));
        await allDeclared();
        if (failures.length > 0) {
            throw failures[0];
        }
        return { objects, outputs: values };
    } catch (error) {
        // What was declared before the fault must not reach the next evaluation.
        await allDeclared();
        // A RunError is how a program tells the engine of an error that people can mend.
        throw questions[0] ?? (pulumi.RunError.isInstance(error) ? new MendableError(error.message) : error);
    } finally {
        process.off("unhandledRejection", onRejection);
    }
}

interface Evaluation {
    readonly objects: KubernetesObject[];
    readonly references: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly questions: MendableError[];
}

function newResource(
    args: pulumi.runtime.MockResourceArgs,
    { objects, references, questions }: Evaluation,
): { id: string; state: Record<string, unknown> } {
    const inputs = args.inputs as Record<string, unknown>;
    if (args.type === "pulumi:pulumi:StackReference") {
        const name = String(inputs["name"]);
        return { id: name, state: { name, outputs: references[name] ?? {}, secretOutputNames: [] } };
    }
    if (args.type === "pulumi:index:Stash") {
        return { id: args.name, state: { ...inputs, output: inputs["input"] } };
    }
    // An id that is there before the resource: it is read, not declared.
    if (args.id !== undefined && args.id !== "") {
        if (args.type === "kubernetes:core/v1:Namespace") {
            return { id: args.id, state: { metadata: { name: args.id, uid: NO_CLUSTER } } };
        }
        const kind = args.type.split(":").at(-1) ?? args.type;
        return refuse(
            questions,
            `The ${kind} "${args.id}" must be read from a live cluster, and rendering asks nobody: ${GIVE_OUTPUT}`,
        );
    }
    if (args.type.startsWith("kubernetes:")) {
        objects.push(inputs as KubernetesObject);
    }
    return { id: args.name, state: inputs };
}

const GIVE_OUTPUT =
    'give the reference\'s output with "--runtime-images FILE" (pulumi stack output runtimeImages --json)';

function registryQuestion({ token, inputs }: pulumi.runtime.MockCallArgs): string {
    const { name } = inputs as { name?: unknown };
    const what = typeof name === "string" ? `The digest of "${name}"` : `The answer of "${token}"`;
    return (
        `${what} must be asked of a registry, and rendering asks nobody: ` +
        `write the image with its digest ("repository:tag@sha256:…"), or, when it is a pin, ${GIVE_OUTPUT}`
    );
}

/** The error goes through the test runtime, which keeps parts of it only, so it is kept here too. */
function refuse(questions: MendableError[], message: string): never {
    const error = new MendableError(message);
    questions.push(error);
    throw error;
}

/**
 * Waits until the test runtime has seen every resource, and then for rejections to be reported, which happens between two
 * turns of the event loop. Exported by the runtime, though left out of its types.
 */
async function allDeclared(): Promise<void> {
    await (pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs();
    await new Promise((resolve) => setImmediate(resolve));
}
