import type { Command } from "commander";
import type { PromoteCommandOptions } from "../pins/runPromote";
import { addPromotionOptions, reason } from "./sourceOptions";

/** Declares `fleet promote`. Exit code 0 all done, 1 something was refused or failed, 2 wrong usage. */
export function register(program: Command): void {
    const command = program
        .command("promote")
        .description("move every runtime's pin to a release, in every environment, or say why not")
        .requiredOption("--release <file>", 'the release file that "fleet release add" wrote')
        .option("--partial <reason>", "leave runtimes behind that the release does not cover", reason)
        .option("--break-glass <reason>", "pass freeze windows, soak times and newer pins; recorded", reason);
    addPromotionOptions(command).action(async (options: PromoteCommandOptions) => {
        const { promoteCommand } = await import("../pins/runPromote");
        await promoteCommand(options);
    });
}
