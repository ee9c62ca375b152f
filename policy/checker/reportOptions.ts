import { type Command, Option } from "commander";

/** Adds what `fleet check` and the checker without this repository can both be told, but for what they check. */
export function addReportOptions(command: Command, notFixed: readonly string[]): Command {
    const formats = ["json", "sarif", "github"];
    const format = (name: string, what: string) =>
        new Option(`--${name}`, what).conflicts(formats.filter((other) => other !== name));
    return command
        .option("--runtime-images <file>", 'the pins: what "pulumi stack output runtimeImages --json" wrote')
        .addOption(format("json", "write JSON"))
        .addOption(format("sarif", "write SARIF 2.1.0 for code scanning"))
        .addOption(format("github", "write annotations for a GitHub workflow"))
        .addOption(
            new Option(
                "--fix",
                "print what writes the registries' digests beside mutable tags, as a diff",
            ).conflicts([...formats, ...notFixed]),
        )
        .option("--write", "with --fix: change the files, and check them again")
        .addHelpText("after", "\nExit code: 0 clean, 1 violations of mandatory policies, 2 could not check.");
}
