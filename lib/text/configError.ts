/** Something that people wrote cannot be used. `problems` has one line each, with file, path and value; `message` has them all. */
export class ConfigError extends Error {
    public readonly problems: readonly string[];

    public constructor(problems: readonly string[]) {
        const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
        super(
            `${count} in the configuration, nothing was changed:\n` +
                problems.map((problem) => `  - ${problem}`).join("\n"),
        );
        this.name = "ConfigError";
        this.problems = problems;
    }
}
