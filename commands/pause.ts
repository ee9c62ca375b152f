import type { Command } from "commander";
import { addProjectOption, collect, reason } from "./sharedOptions";
import type { Perform } from "./perform";

/** Declares `fleet pause`, `fleet unpause` and `fleet break-glass`. Exit code 0 done, 2 when a file cannot be read. */
export function register(program: Command, perform: Perform): void {
    const declare = (name: string, description: string) =>
        addProjectOption(program.command(name))
            .description(description)
            .option("--stack <name>", "a stack of customer orgs; repeatable", collect)
            .option("--env <name>", "an environment: a stack of the platform's project; repeatable", collect);
    const answerable = (command: Command) =>
        command
            .requiredOption("--reason <text>", "why", reason)
            .requiredOption(
                "--until <date>",
                "the last day (UTC) on which it holds, YYYY-MM-DD, or the moment at which it ends, RFC 3339",
            )
            .option(
                "--owner <name>",
                "who answers for it; by default the pipeline's run, or git's user",
                reason,
            );
    answerable(declare("pause", "keep every agent of a stack on its image, whoever runs its program")).action(
        perform(async () => (await import("../pins/pause/runPause")).runPause),
    );
    declare("unpause", "end a stack's pause").action(
        perform(async () => (await import("../pins/pause/runPause")).runUnpause),
    );
    answerable(declare("break-glass", "pass over a stack's pause, freeze windows and budget")).action(
        perform(async () => (await import("../pins/pause/runPause")).runBreakGlass),
    );
}
