import { type Command, InvalidArgumentError } from "commander";
import { addProjectOption, collect } from "./sharedOptions";
import type { Perform } from "./perform";

/** Declares `fleet coverage`. Exit code 0 every runtime is covered, 1 one is not, 2 that could not be told. */
export function register(program: Command, perform: Perform): void {
    addProjectOption(program.command("coverage"))
        .description(
            "find the runtime whose pin was forgotten: published or used, and not pinned or long behind",
        )
        .option("--release <file>", "a release file besides those in releases/; repeatable", collect)
        .option("--env <name>", "an environment; repeatable; all when left out", collect)
        .option(
            "--max-days <days>",
            "days that a pin may be behind, instead of what each environment says",
            amount,
        )
        .option("--grace-hours <hours>", "hours that a release may be out before it counts", amount)
        .option(
            "--registry-tag <tag>",
            'also ask the registries what a tag that moves with every push ("latest") leads to, and find images that no release names',
            tagName,
        )
        .option(
            "--proof",
            "also ask the engine what every stack has proven, and find a ring that proves nothing",
        )
        .option(
            "--outputs <stack=file>",
            'the outputs or the exported state of a stack ("prod", "platform/prod"), instead of the engine; repeatable',
            collect,
        )
        .option("--json", "print JSON")
        .action(
            perform(
                async () => (await import("../pins/coverage/runCoverage")).runCoverage,
                "nothing was changed",
            ),
        );
}

function amount(value: string): number {
    const number = Number(value);
    if (!/^\d+(\.\d+)?$/.test(value) || !Number.isFinite(number)) {
        throw new InvalidArgumentError("expected a number of 0 or more");
    }
    return number;
}

function tagName(value: string): string {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(value)) {
        throw new InvalidArgumentError("expected a tag, such as latest");
    }
    return value;
}
