import type { Command } from "commander";
import { addPromotionOptions, reason } from "./sharedOptions";
import type { Perform } from "./perform";

/** Declares `fleet rollback`. Exit code 0 all done, 1 something was refused, failed, or is not proven yet, 2 unknown or wrong usage. */
export function register(program: Command, perform: Perform): void {
    const command = program
        .command("rollback")
        .description("pin what ran before and had passed its checks, and hold it there")
        .requiredOption("--reason <text>", "why; people and the next promotion read it", reason)
        .option("--break-glass <reason>", "pass evidence, registry and token, never a veto; recorded", reason)
        .option("--to <release>", "a release or digest of the history; by default the newest that passed");
    addPromotionOptions(command).action(
        perform(async () => (await import("../pins/runRollback")).runRollback),
    );
}
