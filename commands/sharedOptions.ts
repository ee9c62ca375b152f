import * as fs from "node:fs";
import * as path from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { MendableError } from "../lib/text/mendableError";

/**
 * Adds the option that says which checkout a command works on. The command gets an absolute path.
 *
 * A directory that is no project is refused before anything else: nothing that is read there would be true.
 *
 * @param isNeeded whether the command, with these options, reads the project at all
 */
export function addProjectOption(
    command: Command,
    isNeeded: (options: Readonly<Record<string, unknown>>) => boolean = () => true,
): Command {
    return command
        .option("--project <directory>", "the project's root; the working directory by default")
        .hook("preAction", (_, called) => {
            const options = called.opts<{ project?: string }>();
            const root = path.resolve(options.project ?? ".");
            if (isNeeded(options) && !fs.existsSync(path.join(root, "Pulumi.yaml"))) {
                throw new MendableError(
                    `"${root}" has no Pulumi.yaml; expected the project's root: run this there, or name it with --project`,
                );
            }
            called.setOptionValue("project", root);
        });
}

/** Adds the options by which a command finds its stacks and its cluster. */
export function addSourceOptions(command: Command): Command {
    return addClusterOptions(
        addProjectOption(
            command.option("--stack <name>", "a stack of the project, such as prod; once for each", collect),
        ),
    );
}

/** Adds the options by which a command finds its cluster and the namespaces that it looks at. */
function addClusterOptions(command: Command): Command {
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

/** Adds the options by which a command that only reads takes files in the place of its sources, or leaves some away. */
export function addSourceFiles(command: Command, without: readonly "cluster"[] = []): Command {
    command
        .option(
            "--outputs <[stack=]file>",
            "a stack's outputs or exported state, instead of the engine; once for each",
            collect,
        )
        .option("--reference <file>", "the reference stack's outputs or state, instead of the engine")
        .option("--no-engine", "do not ask the engine")
        .option("--no-registry", "do not ask a registry which platforms an image has");
    return without.includes("cluster")
        ? command
        : command.option(
              "--no-cluster",
              "compare what was deployed with its target, and nothing that is live",
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
    return addProjectOption(command)
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
        .option("--json", "print the report as JSON");
}

/** A reason must say something: it is what people read in the history. */
export function reason(value: string): string {
    if (value.trim() === "") {
        throw new InvalidArgumentError("expected a reason");
    }
    return value.trim();
}
