import type { Command } from "commander";
import { collect } from "./sharedOptions";
import type { Perform } from "./perform";

/** Declares `fleet release add`. Exit code 0 when the file has the runtime, 2 when it could not be added. */
export function register(program: Command, perform: Perform): void {
    program
        .command("release")
        .description("say what CI published, for fleet promote")
        .command("add")
        .description("add a runtime's published image to a release file; a new file is made")
        .requiredOption("--runtime <name>", "whose image it is: platform-agent")
        .requiredOption("--image <reference>", "the repository, with its tag if it has one")
        .option("--digest <digest>", "sha256:…, as the push printed it; may stand in --image too")
        .requiredOption("--git-sha <sha>", "the commit that it was built from")
        .option("--published-at <time>", "RFC 3339; now when left out")
        .option(
            "--evidence <name=result:report>",
            "a check that it went through: smoke=passed:https://…, or with the report's digest; repeatable",
            collect,
            [],
        )
        .option("--release <name>", "the release's name; needed for a new file")
        .option("--file <file>", "the release file", "release.json")
        .action(perform(async () => (await import("../pins/release/addToRelease")).runReleaseAdd));
}
