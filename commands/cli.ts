import { CommanderError } from "commander";
import { EXIT_CODES, MendableError } from "../lib/text/mendableError";
import { printable } from "../lib/text/printable";
import { createProgram } from "./program";

async function main(): Promise<void> {
    try {
        await createProgram().parseAsync();
    } catch (error) {
        if (error instanceof CommanderError) {
            // commander has printed why; asking for help is no mistake.
            process.exitCode = error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.couldNotTell;
            return;
        }
        // What people can mend is said in its own words; anything else is a fault of the program and keeps its stack.
        console.error(error instanceof MendableError ? printable(error.message) : error);
        process.exitCode = error instanceof MendableError ? error.exitCode : EXIT_CODES.couldNotTell;
    }
}

// Whoever reads the output may stop before its end ("fleet stale | head"): what is being done goes on, and is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") {
        throw error;
    }
});

void main();
