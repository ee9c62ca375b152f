import type { Command } from "commander";
import { addReportOptions } from "../policy/checker/reportOptions";
import type { Perform } from "./perform";
import { addProjectOption, collect } from "./sharedOptions";

/** Declares `fleet check`, which `npm run policy` runs. */
export function register(program: Command, perform: Perform): void {
    const command = addProjectOption(
        program.command("check"),
        ({ stack, file, state }) => stack !== undefined || (file ?? state) === undefined,
    )
        .description(
            "check the images and guards of stacks, manifests or an exported state, with no engine and no cluster",
        )
        .option("-s, --stack <name>", "a stack of this repository, rendered (default: all of them)", collect)
        .option(
            "-f, --file <path>",
            "manifests: a file, a directory with all below it, or - for stdin",
            collect,
        )
        .option("--state <file>", 'what "pulumi stack export" wrote, or - for stdin', collect)
        .option(
            "-c, --config <file>",
            "the policy config (default with --stack: policy/config/<stack>.json)",
        );
    addReportOptions(command, ["state", "stack"]).action(
        perform(async () => (await import("../engine/runCheck")).runCheck),
    );
}
