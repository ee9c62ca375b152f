import type { Command } from "commander";
import type { ExplainOptions } from "../fleet/explain/runExplain";
import { addSourceFiles, addSourceOptions } from "./sharedOptions";
import type { Perform } from "./perform";

/** `fleet explain`: why an org runs what it runs, and what would change that. */
export function register(program: Command, perform: Perform): void {
    addSourceFiles(addSourceOptions(program.command("explain")))
        .description("explain an org, or one agent of it: what it runs, since when, why, and what comes next")
        .argument("<org[/agent]>", "acme, or acme/coder")
        .option("--json", "print one JSON object (docs/fleet/explain.md)")
        .addHelpText(
            "after",
            "\nExit code: 0 on what it should run, and everything is known, 1 it is not, 2 could not tell",
        )
        .action((who: string, options: object) =>
            perform(
                async () => (await import("../fleet/explain/runExplain")).runExplain,
                "nothing was changed",
            )({
                ...(options as Omit<ExplainOptions, "who">),
                who,
            }),
        );
}
