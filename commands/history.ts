import type { Command } from "commander";
import { addProjectOption, collect } from "./sharedOptions";
import type { Perform } from "./perform";

/** Declares `fleet history`. Exit code 0, or 2 when a file cannot be read. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("history"))
        .description("who moved which pin when, why, and with what evidence")
        .option("--env <name>", "an environment; repeatable; all when left out", collect)
        .option("--runtime <name>", "this runtime only; repeatable", collect)
        .option("--json", "print JSON")
        .action(perform(async () => (await import("../pins/history")).runHistory));
}
