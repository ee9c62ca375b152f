import { type Command, Option } from "commander";
import { addPromotionOptions, reason } from "./sharedOptions";
import type { Perform } from "./perform";

/** Declares `fleet promote`. Exit code 0 all done, 1 something was refused, failed, or is not proven yet, 2 unknown or wrong usage, 3 queued. */
export function register(program: Command, perform: Perform): void {
    const command = program
        .command("promote")
        .description("move every runtime's pin to a release, in every environment, or say why not")
        .option("--release <file>", 'the release file that "fleet release add" wrote')
        .addOption(
            new Option(
                "--when-allowed",
                "queue it where it only has to wait (soak, freeze, pause, hold); without --release go on with what is queued",
            ).conflicts(["breakGlass"]),
        )
        .option("--partial <reason>", "leave runtimes behind that the release does not cover", reason)
        .option("--break-glass <reason>", "pass freeze windows, soak times and newer pins; recorded", reason)
        .option("--announce-again", "tell the control plane also of what it has accepted before");
    addPromotionOptions(command).action(perform(async () => (await import("../pins/runPromote")).runPromote));
}
