import type { Command } from "commander";
import type { Perform } from "./perform";
import { addProjectOption, wholeNumber } from "./sharedOptions";

/** Declares `fleet operator`. Exit code 0 when the objects are written, 2 when they could not be. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("operator"))
        .description(
            "write the Stack objects by which the Pulumi Kubernetes Operator runs the fleet, ring by ring; needs no engine, cluster or credentials",
        )
        .requiredOption(
            "--commit <sha>",
            "the commit that the operator runs, 40 hex digits; never a branch or a tag",
        )
        .option(
            "--context <name>",
            "the stacks of this kubeconfig context, that of the cluster which the operator runs in; may be left out where there is one",
        )
        .option(
            "--out <directory>",
            "write a file for each object here, to be applied in their order; to standard output when left out",
        )
        .option(
            "--max-deletions <count>",
            "files of stacks that are gone that may be deleted at once (default: 3)",
            wholeNumber(0),
        )
        .addHelpText(
            "after",
            "\nExit codes: 0 written: every stack waits for those that it reads, runs one commit in an image of one digest, and holds no" +
                "\ncredential; 2 not written, with everything that is in the way. docs/operator.md has the settings.",
        )
        .action(perform(async () => (await import("../rings/operator/runOperator")).runOperator));
}
