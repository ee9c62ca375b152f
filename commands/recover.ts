import type { Command } from "commander";
import { addProjectOption } from "./sharedOptions";
import type { Perform } from "./perform";

/** `fleet recover`: settles what an interrupted `pulumi up` left open. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("recover"))
        .description("after an up that was killed: settle in the state what was being created when it ended")
        .requiredOption("--stack <name>", "the stack, such as prod")
        .option("--dry-run", "say what would be done, and change nothing")
        .addHelpText(
            "after",
            '\nA lock that the killed up left is cleared first, by "pulumi cancel": make sure that nobody else deploys.' +
                "\nExit code: 0 recovered or nothing to recover, 2 could not",
        )
        .action(perform(async () => (await import("../engine/runRecover")).runRecover));
}
