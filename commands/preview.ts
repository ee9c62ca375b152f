import type { Command } from "commander";
import { addSourceOptions } from "./sharedOptions";
import type { Perform } from "./perform";

/** `fleet preview`: what the next `pulumi up` will change, and what will stand in its way. */
export function register(program: Command, perform: Perform): void {
    addSourceOptions(program.command("preview"))
        .description(
            "show what the next update changes, with policy findings and what a preview alone cannot know",
        )
        .option("--no-policy", "do not run the policy pack")
        .option("--no-cluster", "do not look into the cluster")
        .option("--json", "print one JSON object (docs/fleet/preview.md)")
        .addHelpText(
            "after",
            "\nExit code: 0 nothing changes, 1 something changes, 2 the update would be refused or fail",
        )
        .action(perform(async () => (await import("../fleet/runPreview")).runPreview, "nothing was changed"));
}
