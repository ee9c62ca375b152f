import type { Command } from "commander";
import type { RolloutOptions } from "../rings/rollout/runRollout";
import { addProjectOption, wholeNumber } from "./sharedOptions";
import type { Perform } from "./perform";

/** `fleet rollout`: what the platform has proven, ring by ring. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("rollout"))
        .description("bring what the platform has proven through the rings that read it, one after the other")
        .argument(
            "[stacks...]",
            'a stack, with all whose names begin with it and "-", and every ring that they read from; or the platform\'s, "platform/prod"',
        )
        .option("--to <ring>", "go no further than this ring: its number, or a stack in it")
        .option("--parallel <n>", "stacks of a ring that are updated at the same time", wholeNumber(1), 2)
        .option("--wait <time>", 'wait this long for soaks to be over, such as "2h"', "0s")
        .option("--everything", "preview stacks that are proven too, for changes that are no image")
        .option("--keep-going", "begin the other stacks of a ring where the update of one has failed")
        .option(
            "--policy-pack-config <file>",
            'the policy pack\'s config, "<stack>" in it replaced; by default the committed one',
        )
        .option("--dry-run", "say what would change, and change nothing")
        .option("--html <file>", "write the chain as a page, anew each time that something has changed")
        .option("--verbose", "print what the engine prints")
        .option("--json", "print one JSON object (docs/fleet/rollout.md)")
        .addHelpText(
            "after",
            "\nExit code: 0 every stack has proven it, 3 nothing is wrong and a soak, a pause or a freeze window is not over, " +
                "1 a stack failed, was refused or does not prove it, 2 nothing could be begun, 130 or 143 interrupted. " +
                "With --dry-run: 0 nothing to do, 3 nothing but to wait, 1 something would change",
        )
        .hook("preAction", (_, called) => {
            called.setOptionValue("names", called.args);
        })
        .action((_names: readonly string[], options: RolloutOptions) =>
            perform(async () => (await import("../rings/rollout/runRollout")).runRollout)(options),
        );
}
