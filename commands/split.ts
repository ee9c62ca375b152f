import type { Command } from "commander";
import type { SplitOptions } from "../rings/move/runSplit";
import { addProjectOption, wholeNumber } from "./sharedOptions";
import type { Perform } from "./perform";

/** `fleet split`: one stack into several, with nothing changed in the cluster. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("split"))
        .description(
            "split a stack's orgs into several stacks that read what it reads, and change nothing in the cluster",
        )
        .argument("<stack>", "the stack, such as prod, which keeps the first part")
        .requiredOption(
            "--into <n>",
            "how many stacks there are then: prod, prod-2, prod-3, …",
            wholeNumber(2),
        )
        .addHelpText(
            "after",
            "\nExit code: 0 split, and a preview of every stack would change nothing, 1 split, and a preview would change something, " +
                "2 refused or could not be done, 130 or 143 interrupted: run it again",
        )
        .hook("preAction", (_, called) => {
            called.setOptionValue("stack", called.args[0]);
        })
        .action((_stack: string, options: SplitOptions) =>
            perform(async () => (await import("../rings/move/runSplit")).runSplit)(options),
        );
}
