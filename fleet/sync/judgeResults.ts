import { EXIT_CODES } from "../../lib/text/mendableError";
import type { SyncResult } from "./syncFleet";

/** 0 says: every agent that was found runs its image, or stays as it is because somebody decided so. */
export function judgeResults(
    results: readonly SyncResult[],
    problems: readonly string[],
    { allowNone }: { readonly allowNone?: boolean | undefined },
): number {
    if (results.length === 0 && problems.length === 0 && allowNone !== true) {
        return EXIT_CODES.couldNotTell;
    }
    const bad = results.some(
        ({ outcome, leftBehind }) => outcome === "failed" || outcome === "not-tried" || leftBehind === true,
    );
    return bad || problems.length > 0 ? EXIT_CODES.notAsItShouldBe : EXIT_CODES.done;
}
