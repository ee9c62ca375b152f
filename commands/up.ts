import type { Command } from "commander";
import { addProjectOption, collect } from "./sharedOptions";
import type { UpOptions } from "../engine/runUp";
import type { Perform } from "./perform";

/** Declares `fleet up`, which `npm run up` runs. Exit code: the engine's, or 2 where something that it needs is missing. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("up"))
        .description("make sure of all that an update needs, then run the engine's up with the policy pack")
        .option("--stack <name>", "the stack, such as prod", collect)
        .option(
            "--policy-pack-config <file>",
            "the pack's config, to which the reference's pins are added (default: policy/config/<stack>.json, or that of its environment)",
        )
        .argument("[options...]", "whatever else the engine is to be told, such as --target URN")
        .allowUnknownOption()
        .hook("preAction", (_, called) => {
            called.setOptionValue("rest", called.args);
        })
        .action((_rest: readonly string[], options: UpOptions) =>
            perform(async () => (await import("../engine/runUp")).runUp)(options),
        );
}
