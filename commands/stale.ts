import type { Command } from "commander";
import { addSourceFiles, addSourceOptions, collect, wholeNumber } from "./sharedOptions";
import type { Perform } from "./perform";

/** `fleet stale`: who runs what, and who should run something else. */
export function register(program: Command, perform: Perform): void {
    addSourceFiles(addSourceOptions(program.command("stale")))
        .description("show which agents are not on the image that they should run, the worst first")
        .option("--all-stacks", "every stack of the project, on however many clusters")
        .option("--org <name>", 'only this org; "*" is any characters; repeatable', collect)
        .option("--runtime <name>", "only agents of this runtime; repeatable", collect)
        .option("--ring <stack>", "only agents of this stack; repeatable", collect)
        .option("--status <status>", "show only agents of this status; repeatable", collect)
        .option("--behind-days <days>", "show only agents that are so many days behind", wholeNumber(0))
        .option("--no-pods", "do not read pods")
        .option("--no-all", "leave out the agents that need nobody")
        .option("--json", "print one JSON object (docs/fleet/stale.md)")
        .option("--markdown", "print a table for a pull request")
        .option("--prometheus", "print metrics for the node exporter's textfile collector")
        .option("--html <file>", "write one self-contained page")
        .addHelpText("after", "\nExit code: 0 all current or held, 1 something is not, 2 could not tell")
        .action(
            perform(async () => (await import("../fleet/stale/runStale")).runStale, "nothing was changed"),
        );
}
