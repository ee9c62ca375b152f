import { type Command, InvalidArgumentError } from "commander";
import { collect } from "./collect";

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
