import type { Command } from "commander";
import type { Perform } from "./perform";
import { addProjectOption } from "./sharedOptions";

/** Declares `fleet exceptions`. Exit code 0 each has a day that has not passed, 1 one has expired or has no end, 2 not all could be read. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("exceptions"))
        .description(
            "list everyone who is on purpose not on the pin: until when, by whom and why, the worst first",
        )
        .option("--live", "also ask every stack's cluster who was set past Pulumi")
        .option("--kubeconfig <file>", "the kubeconfig, instead of the stacks' own or the environment's")
        .option("--json", "print JSON")
        .action(
            perform(
                async () => (await import("../pins/exceptions/runExceptions")).runExceptions,
                "nothing was changed",
            ),
        );
}
