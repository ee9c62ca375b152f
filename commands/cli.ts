import { inspect } from "node:util";
import { CommanderError } from "commander";
import { type CommandIo, processIo } from "../lib/system/commandIo";
import { reportWaits } from "../lib/system/whileWaiting";
import { EXIT_CODES, MendableError } from "../lib/text/mendableError";
import { printable } from "../lib/text/printable";
import { createProgram } from "./program";

/** Runs the command that the arguments name, and returns its exit code. */
async function main(args: readonly string[], io: CommandIo): Promise<number> {
    let exitCode: number = EXIT_CODES.done;
    let lastPrinted = Date.now();
    const noting = (print: (text: string) => void) => (text: string) => {
        lastPrinted = Date.now();
        print(text);
    };
    const err = noting(io.err);
    const noted: CommandIo = { ...io, out: noting(io.out), err, pass: noting(io.pass) };
    const program = createProgram(noted, (code) => (exitCode = code));
    const quiet = reportWaits(
        (line) => {
            err(printable(line));
        },
        () => lastPrinted,
    );
    try {
        await program.parseAsync(args, { from: "user" });
        return exitCode;
    } catch (error) {
        const usage = error instanceof CommanderError;
        if (usage && error.exitCode === 0) {
            return EXIT_CODES.done; // Asking for help is no mistake.
        }
        const { message } = error instanceof Error ? error : new Error(String(error));
        const mendable =
            error instanceof MendableError ? error : new MendableError(message, { cause: error });
        if (!usage) {
            // commander has printed its own. What people can mend is said in its own words; anything else is a fault of the program
            // and keeps its stack.
            io.err(mendable === error ? printable(message) : inspect(error));
        }
        if (args.includes("--json")) {
            const { problems } = mendable;
            io.out(
                JSON.stringify({ error: { message, problems }, exitCode: mendable.exitCode }, undefined, 2),
            );
        }
        return mendable.exitCode;
    } finally {
        quiet();
    }
}

void main(process.argv.slice(2), processIo()).then((exitCode) => {
    // A pipe may not have taken the whole report yet.
    process.exitCode = exitCode;
    if (exitCode > 128) {
        // Interrupted: nobody waits for the answers that are still on their way.
        process.stdout.write("", () => process.exit());
    }
});
