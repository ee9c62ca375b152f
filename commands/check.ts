import { type Command, Option } from "commander";
import type { Perform } from "./perform";
import { addProjectOption, collect } from "./sharedOptions";

/** Declares `fleet check`, which `npm run policy` runs. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(
        program.command("check"),
        ({ stack, file, state }) => stack !== undefined || (file ?? state) === undefined,
    )
        .description(
            "check the images and guards of stacks, manifests or an exported state, with no engine and no cluster",
        )
        .option(
            "-s, --stack <name>",
            "a stack of this repository, rendered (default: staging and prod)",
            collect,
        )
        .option(
            "-f, --file <path>",
            "manifests: a file, a directory with all below it, or - for stdin",
            collect,
        )
        .option("--state <file>", 'what "pulumi stack export" wrote, or - for stdin', collect)
        .option("-c, --config <file>", "the policy config (default with --stack: policy/config/<stack>.json)")
        .option("--runtime-images <file>", 'the pins: what "pulumi stack output runtimeImages --json" wrote')
        .addOption(new Option("--json", "write JSON").conflicts(["sarif", "github"]))
        .addOption(new Option("--sarif", "write SARIF 2.1.0 for code scanning").conflicts(["json", "github"]))
        .addOption(
            new Option("--github", "write annotations for a GitHub workflow").conflicts(["json", "sarif"]),
        )
        .addOption(
            new Option(
                "--fix",
                "print what writes the registries' digests beside mutable tags, as a diff",
            ).conflicts(["json", "sarif", "github", "state", "stack"]),
        )
        .option("--write", "with --fix: change the files, and check them again")
        .addHelpText("after", "\nExit code: 0 clean, 1 violations of mandatory policies, 2 could not check.")
        .action(perform(async () => (await import("../engine/runCheck")).runCheck));
}
