import type { Command } from "commander";
import { addSourceOptions, wholeNumber } from "./sharedOptions";
import type { Perform } from "./perform";

/** `fleet sync`: brings the agents that Pulumi does not manage to the platform's image. */
export function register(program: Command, perform: Perform): void {
    addSourceOptions(program.command("sync"))
        .description(
            "bring the agents that Pulumi does not manage to the platform's image; only stale ones roll",
        )
        .option("--reference-stack <name>", "the stack whose pins to follow, instead of --stack's own")
        .option("--reference <file>", "that stack's outputs or state, instead of the engine")
        .option(
            "--from-deployment [namespace/name[/container]]",
            "follow the image of a live Deployment; by default PLATFORM_IMAGE_NAMESPACE, _DEPLOYMENT and _CONTAINER, " +
                "or agents/agent-ceo/agent",
        )
        .option("--runtime <name>", "the runtime of agents that neither a label nor their image tells")
        .option("--any-repository", "with --from-deployment: update agents of other repositories too")
        .option("--container <name>", "the agents' container", "agent")
        .option("--break-glass <reason>", "update agents that Pulumi manages too, and record why on them")
        .option("--dry-run", "ask the API server what would change, and change nothing")
        .option("--no-wait", "do not wait for the rollouts")
        .option("--timeout <seconds>", "how long a rollout may take", wholeNumber(1), 300)
        .option("--max-unavailable-orgs <count>", "orgs in a rollout at the same time", wholeNumber(1), 10)
        .option(
            "--max-failures <count>",
            "failed agents after which nothing more is begun",
            wholeNumber(1),
            10,
        )
        .option("--concurrency <count>", "with --no-wait: orgs at the same time", wholeNumber(1), 16)
        .option("--allow-none", "it is right that there may be no agent at all")
        .option("--all", "list the agents that are current too", false)
        .option("--json", "print one JSON object (docs/fleet/sync.md)")
        .addHelpText(
            "after",
            "\nExit code: 0 every agent runs its image or stays for a reason that somebody decided, 1 an agent failed, was not tried" +
                "\nor stays behind, 2 refused (a mutable, vetoed or unfinished reference, another cluster) or no agent found",
        )
        .action(perform(async () => (await import("../fleet/sync/runSync")).runSync));
}
