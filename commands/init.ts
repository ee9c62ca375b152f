import type { Command } from "commander";
import type { Perform } from "./perform";
import { addProjectOption, collect } from "./sharedOptions";

/** Declares `fleet init`. Exit code 0 written, 2 something is wrong or missing, and nothing was written. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("init"))
        .description(
            "write the stacks' files, the first org and the workflows for a platform that exists; asks for what no option says, at a terminal",
        )
        .option(
            "--environment <name[=context]>",
            "an environment and its kubeconfig context, such as prod=eks-prod; repeatable",
            collect,
        )
        .option("--registry <name>", "where the runtimes' images are, such as ghcr.io/acme")
        .option(
            "--runtime <name=image>",
            "a runtime and its image: a git-SHA tag, a digest, a whole reference, or deployment for a pin that follows a live one; repeatable",
            collect,
        )
        .option(
            "--core-fleet <how>",
            "the platform's own agents: none, managed (owned whole) or found (their images alone)",
        )
        .option(
            "--core-agent <name=runtime>",
            "an agent of the core fleet, such as ceo=claude-code; repeatable",
            collect,
        )
        .option("--core-namespace <name>", "where the core fleet is; agents when left out")
        .option("--org <slug>", "the first org")
        .option("--display-name <name>", "the customer's name; the slug when left out")
        .option("--ci <pipeline>", "workflows for github, gitea or none; github when left out")
        .option("--no-resolve", "pin tags as they are: no registry is asked for their digests")
        .option(
            "--replace-examples",
            "take the stacks, orgs and workflows away that this project is shipped with",
        )
        .option("--create-stacks", "make the stacks in the state that the engine is logged in to")
        .addHelpText("after", "\nExit code: 0 written, 2 something is wrong or missing: nothing was written")
        .action(perform(async () => (await import("../setup/runInit")).runInit));
}
