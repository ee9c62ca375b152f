import type { Command } from "commander";
import { addSourceOptions } from "./sourceOptions";
import { PreviewCommandOptions } from "../fleet/runPreview";

/** `fleet preview`: what the next `pulumi up` will change, and what will stand in its way. */
export function register(program: Command): void {
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
        .action(async (options: PreviewCommandOptions) => {
            const { runPreview } = await import("../fleet/runPreview");
            process.exitCode = await runPreview(options);
        });
}
