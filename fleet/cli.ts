import { CommanderError } from "commander";
import { EXIT_CODES, FleetError } from "./exitCodes";
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
        console.error(error instanceof FleetError ? error.message : error);
        process.exitCode = error instanceof FleetError ? error.exitCode : EXIT_CODES.couldNotTell;
    }
}

void main();
