import { type Command, InvalidArgumentError } from "commander";

/** The options by which commands find the stacks and the cluster. */
export interface SourceOptions {
    readonly stack?: readonly string[];
    readonly project: string;
    readonly context?: string;
    readonly kubeconfig?: string;
    readonly namespaceSelector?: string;
    readonly excludeNamespace?: readonly string[];
}

/** Adds the options by which a command finds its stacks and its cluster. */
export function addSourceOptions(command: Command): Command {
    return addClusterOptions(
        command
            .option("--stack <name>", "a stack of the project, such as prod; once for each", collect)
            .option("--project <directory>", "the customer-orgs project", process.cwd()),
    );
}

/** Adds the options by which a command finds its cluster and the namespaces that it looks at. */
export function addClusterOptions(command: Command): Command {
    return command
        .option("--context <name>", "the kubeconfig context, instead of the stack's own")
        .option("--kubeconfig <file>", "the kubeconfig, instead of the stack's own or the environment's")
        .option("--namespace-selector <labels>", "look only at namespaces with these labels")
        .option(
            "--exclude-namespace <pattern>",
            'leave out a namespace that is someone else\'s; "*" is any characters; once for each',
            collect,
        );
}

/** Gathers an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
    return [...before, value];
}

/** Reads a whole number of at least `least`. */
export function wholeNumber(least: number): (value: string) => number {
    return (value) => {
        const number = Number(value);
        if (!/^\d+$/.test(value) || number < least) {
            throw new InvalidArgumentError(`expected a whole number from ${least} on`);
        }
        return number;
    };
}
