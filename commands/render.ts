import { type Command, Option } from "commander";
import { addProjectOption, wholeNumber } from "./sharedOptions";
import type { Perform } from "./perform";

/** Declares `fleet render`. Exit code 0 when rendered, 2 when it could not be. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("render"))
        .description(
            "write a stack's manifests, for GitOps, review and other scanners; needs no engine, cluster or credentials",
        )
        .requiredOption("--stack <name>", "the stack, such as prod: its settings are in Pulumi.<name>.yaml")
        .option("--out <directory>", "write one file per org here; to standard output when left out")
        .option(
            "--runtime-images <file>",
            "the reference's output (pulumi stack output runtimeImages --json) instead of evaluating its program",
        )
        .option(
            "--origins",
            "instead of manifests, each value of each agent and the place where it was written",
        )
        .option(
            "--max-deletions <count>",
            "files of orgs that have left that may be deleted at once (default: 3)",
            wholeNumber(0),
        )
        .addOption(
            new Option("--only <project>", "only one of the two projects").choices([
                "platform",
                "customer-orgs",
            ]),
        )
        .action(perform(async () => (await import("../engine/runRender")).runRender, "nothing was written"));
}
