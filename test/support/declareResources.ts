import * as pulumi from "@pulumi/pulumi";

/** A resource as the engine would hear of it. */
export interface DeclaredResource {
    readonly type: string;
    readonly name: string;
    readonly inputs: Record<string, unknown>;
    /** The logical name of its provider, absent for the default one. */
    readonly provider?: string;
    /** The id by which it is read rather than created. */
    readonly read?: string;
}

/** What the mocked world answers. */
export interface Answers {
    /** Type → the state of a resource that is read, or the error of reading it. */
    readonly live?: Readonly<Record<string, Record<string, unknown> | Error>>;
    /** What a Stash has kept from an earlier run; its input when left out. */
    readonly stashed?: unknown;
    /** Stack → its outputs. */
    readonly references?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    /** Outputs of every reference that are secrets. */
    readonly secretOutputs?: readonly string[];
    /** Answers a provider's function, such as a registry's question. */
    readonly call?: (token: string, inputs: Record<string, unknown>) => Record<string, unknown>;
}

/** What a build declared, in order, and what it returned or failed with. */
export interface Declared<T> {
    readonly resources: readonly DeclaredResource[];
    /** Rejects with the build's own error. */
    readonly result: Promise<T>;
}

/**
 * Runs something that declares resources under Pulumi's mocks, and waits until all of them have been declared or have failed.
 * A failure that nobody holds is expected only where the build or an output of it is tested to fail.
 */
export async function declareResources<T>(
    build: () => T | Promise<T>,
    answers: Answers = {},
): Promise<Declared<T>> {
    const resources: DeclaredResource[] = [];
    const ignore = () => undefined;
    process.on("unhandledRejection", ignore);
    try {
        await pulumi.runtime.setMocks(
            {
                newResource: (args) => {
                    resources.push(describe(args));
                    return answer(args, answers);
                },
                call: ({ token, inputs }) => {
                    if (answers.call === undefined) {
                        throw new Error(`nobody answers "${token}"`);
                    }
                    return answers.call(token, inputs as Record<string, unknown>);
                },
            },
            "customer-orgs",
            "test",
            false,
            "organization",
        );
        const result = (async () => await build())();
        await result.catch(ignore);
        await (pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs();
        await new Promise((resolve) => setImmediate(resolve));
        return { resources, result };
    } finally {
        process.off("unhandledRejection", ignore);
    }
}

/** The inputs of the one resource of a type, or of those with a name too. */
export function inputsOf(
    resources: readonly DeclaredResource[],
    type: string,
    name?: string,
): Record<string, unknown> {
    const found = resources.filter((one) => one.type === type && (name === undefined || one.name === name));
    if (found.length !== 1 || found[0] === undefined) {
        const all = resources.map((one) => `${one.type} ${one.name}`).join(", ");
        throw new Error(
            `${found.length} resources "${type}" ${name ?? ""}, expected one; declared are ${all}`,
        );
    }
    return found[0].inputs;
}

function describe(args: pulumi.runtime.MockResourceArgs): DeclaredResource {
    const provider = args.provider?.split("::").at(-2);
    return {
        type: args.type,
        name: args.name,
        inputs: args.inputs as Record<string, unknown>,
        ...(provider === undefined ? {} : { provider }),
        ...(args.id === undefined || args.id === "" ? {} : { read: args.id }),
    };
}

function answer(
    args: pulumi.runtime.MockResourceArgs,
    { live = {}, stashed, references = {}, secretOutputs = [] }: Answers,
): { id: string; state: Record<string, unknown> } {
    const inputs = args.inputs as Record<string, unknown>;
    if (args.type === "pulumi:pulumi:StackReference") {
        const name = String(inputs["name"]);
        return {
            id: name,
            state: { name, outputs: references[name] ?? {}, secretOutputNames: [...secretOutputs] },
        };
    }
    if (args.type === "pulumi:index:Stash") {
        return { id: args.name, state: { ...inputs, output: stashed ?? inputs["input"] } };
    }
    if (args.id !== undefined && args.id !== "") {
        const state = live[args.type] ?? new Error(`"${args.id}" does not exist`);
        if (state instanceof Error) {
            throw state;
        }
        return { id: args.id, state };
    }
    return { id: `${args.name}-id`, state: inputs };
}
