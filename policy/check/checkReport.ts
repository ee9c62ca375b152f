import { EXIT_CODES } from "../../lib/text/mendableError";
import type { Result } from "./checkObjects";

/** The outcome of a run, for whichever format it is written in. */
export interface CheckReport {
    readonly results: readonly Result[];
    /** How many objects were checked. */
    readonly objects: number;
    /** What could not be read. */
    readonly problems: readonly string[];
    /** What was left out on purpose. */
    readonly notes: readonly string[];
}

/** The exit code of a run. A violation that was found outweighs what could not be checked: it is certain. */
export function exitCodeOf({ results, problems }: CheckReport): number {
    if (results.some(({ level }) => level === "mandatory")) {
        return EXIT_CODES.notAsItShouldBe;
    }
    return problems.length > 0 || results.some(({ level }) => level === "unknown")
        ? EXIT_CODES.couldNotTell
        : EXIT_CODES.done;
}
