import * as pulumi from "@pulumi/pulumi";
import type { ProgramContext } from "../../components/runProgram";

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

/** One after another: Pulumi's test runtime is one per process. */
let queue: Promise<unknown> = Promise.resolve();

/**
 * Evaluates a program under Pulumi's own test runtime: no engine, no cluster, no credentials.
 *
 * @param project the project's name
 * @param program what the project's index.ts exports
 * @param references stack name → its outputs, for the program's StackReferences
 * @throws whatever the program throws; Error when it asks a live cluster or a registry
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
    await pulumi.runtime.setMocks(
        {
            newResource: (args) => {
                if (args.type === "pulumi:pulumi:StackReference") {
                    const name = String((args.inputs as { name: unknown }).name);
                    return {
                        id: name,
                        state: { name, outputs: references[name] ?? {}, secretOutputNames: [] },
                    };
                }
                return newResource(args, objects);
            },
            call: ({ token }) => {
                throw new Error(`"${token}" asks a registry, and rendering asks nobody: ${INSTEAD}`);
            },
        },
        project,
        context.stackName,
        false,
    );
    const outputs = await program(context);
    const values = await promiseOf(pulumi.output(outputs));
    await allDeclared();
    return { objects, outputs: values as Record<string, unknown> };
}

const INSTEAD =
    'give the reference\'s output with "--runtime-images FILE" (pulumi stack output runtimeImages --json)';

function newResource(args: pulumi.runtime.MockResourceArgs, objects: KubernetesObject[]) {
    const inputs = args.inputs as Record<string, unknown>;
    if (args.type === "pulumi:index:Stash") {
        return { id: args.name, state: { ...inputs, output: inputs["input"] } };
    }
    // An id that is there before the resource: it is read, not declared.
    if (args.id !== undefined && args.id !== "") {
        if (args.type === "kubernetes:core/v1:Namespace") {
            return { id: args.id, state: { metadata: { name: args.id, uid: NO_CLUSTER } } };
        }
        throw new Error(`"${args.id}" is read from a live cluster, and rendering asks nobody: ${INSTEAD}`);
    }
    if (args.type.startsWith("kubernetes:")) {
        objects.push(inputs as KubernetesObject);
    }
    return { id: args.name, state: inputs };
}

/** Waits until the test runtime has seen every resource; exported by the runtime, though left out of its types. */
async function allDeclared(): Promise<void> {
    await (pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs();
}

/** The value of an output, or its error: `Output.promise` rejects where `apply` alone would never answer. */
async function promiseOf<T>(output: pulumi.Output<T>): Promise<unknown> {
    return (output as unknown as { promise: () => Promise<unknown> }).promise();
}
