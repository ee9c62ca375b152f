import type { Command } from "commander";
import type { MoveOptions } from "../rings/move/runMove";
import { addProjectOption, collect } from "./sharedOptions";
import type { Perform } from "./perform";

/** `fleet move`: orgs from one stack to another, with nothing changed in the cluster. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("move"))
        .description(
            "move orgs to another stack of the same cluster: their files and their state, and nothing in the cluster",
        )
        .argument("<orgs...>", "the orgs' slugs")
        .requiredOption("--to <stack>", "the stack that they come to", collect)
        .addHelpText(
            "after",
            "\nExit code: 0 moved, and a preview of both stacks would change nothing, 1 moved, and a preview would change something, " +
                "2 refused or could not be done, 130 or 143 interrupted: run it again",
        )
        .hook("preAction", (_, called) => {
            called.setOptionValue("orgs", called.args);
        })
        .action((_orgs: readonly string[], options: MoveOptions) =>
            perform(async () => (await import("../rings/move/runMove")).runMove)(options),
        );
}
