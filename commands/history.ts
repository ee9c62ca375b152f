import type { Command } from "commander";
import { addProjectOption, collect } from "./sharedOptions";
import type { Perform } from "./perform";

/** Declares `fleet history`. Exit code 0, or 2 when a file cannot be read or a stack does not answer. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("history"))
        .description("who moved which pin when, why, and with what evidence")
        .option("--env <name>", "an environment; repeatable; all when left out", collect)
        .option("--runtime <name>", "this runtime only; repeatable", collect)
        .option("--proof", "also ask the engine by which evidence every stack passed its releases on")
        .option(
            "--outputs <stack=file>",
            'the outputs or the exported state of a stack ("prod", "platform/prod"), instead of the engine; repeatable',
            collect,
        )
        .option("--json", "print JSON")
        .action(perform(async () => (await import("../pins/history")).runHistory, "nothing was changed"));
}
