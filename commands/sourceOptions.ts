import { type Command, InvalidArgumentError } from "commander";

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

/** Adds what every command that moves pins can be told. */
export function addPromotionOptions(command: Command): Command {
    return command
        .requiredOption(
            "--env <name>",
            "an environment: a stack of the platform's project; repeatable",
            collect,
        )
        .option("--runtime <name>", "this runtime only; repeatable", collect, [])
        .option("--config-only", "write the pins alone: no stack is updated, no control plane is told")
        .option("--policy-pack <directory>", "guard the update with a policy pack")
        .option("--policy-pack-config <file>", 'its config; "<environment>" in it is replaced by the name')
        .option("--by <name>", "who does this; by default the pipeline's run, or git's user")
        .option("--project <directory>", "the project's root; the working directory by default")
        .option("--json", "print the report as JSON");
}

/** A reason must say something: it is what people read in the history. */
export function reason(value: string): string {
    if (value.trim() === "") {
        throw new InvalidArgumentError("expected a reason");
    }
    return value.trim();
}
