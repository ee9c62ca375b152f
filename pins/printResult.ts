import type { CommandIo } from "../lib/system/commandIo";
import { EXIT_CODES } from "../lib/text/mendableError";
import { printable } from "../lib/text/printable";

/** What a command found out. */
export interface Result {
    readonly json: boolean | undefined;
    /** What it prints as JSON. */
    readonly value: object;
    /** What it prints otherwise; names, reasons and images in it are foreign. */
    readonly text: string;
    /** Whether something is not as it should be. */
    readonly isBad?: boolean;
    /** Whether something could not be told, besides the problems. */
    readonly isUnknown?: boolean;
    /** What could not be told, for standard error. */
    readonly problems?: readonly string[];
    /** What the workflow's summary gets. */
    readonly summary?: string;
}

/**
 * Prints a result in the form that was asked for.
 *
 * @returns the exit code: 1 where something is not as it should be, else 2 where not everything could be told, else 0
 */
export function printResult(io: CommandIo, result: Result): number {
    const { json, value, text, isBad = false, isUnknown = false, problems = [], summary } = result;
    io.out(json === true ? JSON.stringify(value, undefined, 2) : printable(text));
    for (const problem of problems) {
        io.err(printable(problem));
    }
    if (summary !== undefined) {
        io.summarize(summary);
    }
    const told = isUnknown || problems.length > 0 ? EXIT_CODES.couldNotTell : EXIT_CODES.done;
    return isBad ? EXIT_CODES.notAsItShouldBe : told;
}
