import type { Command } from "commander";
import type { VetoOptions } from "../pins/veto/runVeto";
import { addProjectOption, reason } from "./sharedOptions";
import type { Perform } from "./perform";

/** Declares `fleet veto`. Exit code 0 when nobody runs the digest, 1 when somebody does, 2 when that could not be told. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("veto"))
        .description("forbid a digest in every environment, and list who runs it")
        .argument("<digest>", "sha256:…")
        .requiredOption("--reason <text>", "why", reason)
        .option("--by <name>", "who does this; by default the pipeline's run, or git's user")
        .option("--kubeconfig <file>", "the kubeconfig, instead of the stacks' own or the environment's")
        .option("--no-cluster", "do not ask the clusters who runs it now")
        .option("--json", "print JSON")
        .action((digest: string, options: object) =>
            perform(async () => (await import("../pins/veto/runVeto")).runVeto)({
                ...(options as Omit<VetoOptions, "digest">),
                digest,
            }),
        );
}
