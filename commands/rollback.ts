import type { Command } from "commander";
import type { RollbackCommandOptions } from "../pins/runRollback";
import { addPromotionOptions, reason } from "./sourceOptions";

/** Declares `fleet rollback`. Exit code 0 all done, 1 something was refused or failed, 2 wrong usage. */
export function register(program: Command): void {
    const command = program
        .command("rollback")
        .description("pin what ran before and had passed its checks, and hold it there")
        .requiredOption("--reason <text>", "why; people and the next promotion read it", reason)
        .option("--to <release>", "a release or digest of the history; by default the newest that passed");
    addPromotionOptions(command).action(async (options: RollbackCommandOptions) => {
        const { rollbackCommand } = await import("../pins/runRollback");
        await rollbackCommand(options);
    });
}
