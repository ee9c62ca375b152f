import { CommanderError } from "commander";
import { type CommandIo, processIo } from "../../lib/system/commandIo";
import { EXIT_CODES, MendableError } from "../../lib/text/mendableError";
import { printable } from "../../lib/text/printable";
import { version } from "./package.json";
import { createChecker } from "./program";

/** Runs the checker over what the arguments name; the process then ends with its exit code. */
async function main(args: readonly string[], io: CommandIo): Promise<void> {
    try {
        await createChecker(version, io, (exitCode) => {
            // Not process.exit: a pipe may not have taken the whole report yet.
            process.exitCode = exitCode;
        }).parseAsync(args, { from: "user" });
    } catch (error) {
        if (!(error instanceof CommanderError)) {
            console.error(error instanceof MendableError ? printable(error.message) : error);
        }
        // Asking for help is no mistake; everything else was not checked.
        const isHelp = error instanceof CommanderError && error.exitCode === 0;
        process.exitCode = isHelp ? EXIT_CODES.done : EXIT_CODES.couldNotTell;
    }
}

void main(process.argv.slice(2), processIo());
