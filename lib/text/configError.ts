import { MendableError } from "./mendableError";

/** Something that people wrote cannot be used. `problems` has one line each, with file, path and value; `message` has them all. */
export class ConfigError extends MendableError {
    public constructor(problems: readonly string[]) {
        const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
        const lines = problems.map((problem) => `  - ${problem}`).join("\n");
        super(`${count} in the configuration, nothing was changed:\n${lines}`, { problems });
    }
}
