import type { Command } from "commander";
import { addProjectOption, collect, reason } from "./sharedOptions";
import type { Perform } from "./perform";

/** Declares `fleet release-hold`. Exit code 0 done, also where nothing was held, 2 when a file cannot be read. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("release-hold"))
        .description("end the hold of a rollback, so that the next promotion may move the pin")
        .requiredOption("--env <name>", "an environment; repeatable", collect)
        .option("--runtime <name>", "this runtime only; repeatable", collect)
        .option("--reason <text>", "why", reason)
        .option("--by <name>", "who does this; by default the pipeline's run, or git's user")
        .action(perform(async () => (await import("../pins/releaseHold")).runReleaseHold));
}
