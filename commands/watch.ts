import type { Command } from "commander";
import { addSourceFiles, addSourceOptions, wholeNumber } from "./sharedOptions";
import type { Perform } from "./perform";

/** `fleet watch`: compares again and again, and tells whoever wants to know. */
export function register(program: Command, perform: Perform): void {
    addSourceFiles(addSourceOptions(program.command("watch")), ["cluster"])
        .description(
            "compare the fleet all the time, serve what is found, and post changes; nothing is changed",
        )
        .option("--all-stacks", "every stack of the project, on however many clusters")
        .option("--listen <address:port>", "where to serve /, /metrics and /healthz", "127.0.0.1:9464")
        .option(
            "--interval <seconds>",
            "between two readings of files, states, registry and control plane; clusters are watched all the time",
            wholeNumber(1),
            300,
        )
        .option("--webhook <url>", "post changes there, signed")
        .option(
            "--webhook-secret-file <file>",
            "the secret that signs them; FLEET_WEBHOOK_SECRET when left out",
        )
        .addHelpText(
            "after",
            "\nExit code: that of the signal which ended it, 2 where it could not begin. /healthz says whether all is known.",
        )
        .action(perform(async () => (await import("../watch/runWatch")).runWatch));
}
