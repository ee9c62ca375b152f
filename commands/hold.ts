import type { Command } from "commander";
import type { HoldOptions, UnholdOptions } from "../pins/hold/runHold";
import type { Perform } from "./perform";
import { addProjectOption, collect, reason } from "./sharedOptions";

/** Declares `fleet hold` and `fleet unhold`. Exit code 0 written, or nothing to change, 1 refused, 2 something could not be found out. */
export function register(program: Command, perform: Perform): void {
    addHeldOptions(program.command("hold"))
        .description("hold an org, or one agent of it, on an image: write the override into its file")
        .requiredOption("--to <release>", "a release's name, or a digest that a release or a pin has")
        .requiredOption(
            "--until <date>",
            "the last day (UTC), such as 2027-01-31; at most overrides.maxDays ahead",
        )
        .requiredOption("--reason <text>", "why; whoever reads the file in half a year will ask", reason)
        .requiredOption("--owner <name>", "a person or a team that answers for it", reason)
        .action((who: string, options: object) =>
            perform(async () => (await import("../pins/hold/runHold")).runHold)({
                ...(options as Omit<HoldOptions, "who">),
                who,
            }),
        );
    addHeldOptions(program.command("unhold"))
        .description("let an org, or one agent of it, follow the platform's pin again")
        .action((who: string, options: object) =>
            perform(async () => (await import("../pins/hold/runHold")).runUnhold)({
                ...(options as Omit<UnholdOptions, "who">),
                who,
            }),
        );
}

function addHeldOptions(command: Command): Command {
    return addProjectOption(command)
        .argument("<org[/agent]>", "acme, or acme/coder")
        .option("--stack <name>", "the stack that deploys it, where several have an org of this name")
        .option("--runtime <name>", "this runtime of the org only; repeatable", collect)
        .option("--pull-request", "change no file: leave a branch with a commit")
        .option("--json", "print JSON");
}
