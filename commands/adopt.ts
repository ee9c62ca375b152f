import type { Command } from "commander";
import { addSourceOptions, collect } from "./sharedOptions";
import type { Perform } from "./perform";

/** `fleet adopt`: a hand-made org becomes one that Pulumi manages. */
export function register(program: Command, perform: Perform): void {
    addSourceOptions(program.command("adopt"))
        .description(
            "bring a hand-made org under Pulumi: write its file, import it, and prove what will change",
        )
        .requiredOption("--org <slug>", "the org; its namespace is org-<slug>")
        .option("--display-name <name>", "the customer's name; the slug when left out")
        .option(
            "--runtime <[agent=]runtime>",
            "what an agent runs, where neither a label nor its image tells; once for each",
            collect,
        )
        .option("--reference <file>", "the reference stack's outputs or state, instead of the engine")
        .option("--import", "take the org into the stack's state and preview the update")
        .option("--force", "overwrite the org's file")
        .option("--lossy", "adopt although an update may take away what the org's file cannot say")
        .addHelpText(
            "after",
            "\nNothing in the cluster is changed: the next update of the stack does that." +
                "\nExit code: 0 done, 1 the preview does what was not said (the import is undone), 2 cannot be adopted",
        )
        .action(perform(async () => (await import("../fleet/adopt/runAdopt")).runAdopt));
}
