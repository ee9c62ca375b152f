import { shortImage } from "../../images/shortImage";
import { printableLine } from "../../lib/text/printable";
import type { SyncResult } from "./syncFleet";

/** One agent's line. */
export function resultLine(
    { namespace, deployment, outcome, from, to, reason }: SyncResult,
    dryRun: boolean,
): string {
    const word = dryRun && outcome === "updated" ? "would update" : outcome;
    const change =
        from === undefined || to === undefined
            ? ""
            : dryRun
              ? `: ${from} -> ${to}`
              : `: ${shortImage(from)} -> ${shortImage(to)}`;
    const why = reason === undefined ? "" : `: ${reason}`;
    return `${word.padEnd(15)} ${printableLine(`${namespace}/${deployment}${change}${why}`)}`;
}

/** The last line, that a script reads. `not-tried` and `left-behind` are only there when there are some. */
export function syncCountsLine(results: readonly SyncResult[]): string {
    const count = (outcome: SyncResult["outcome"]) =>
        results.filter((result) => result.outcome === outcome).length;
    const notTried = count("not-tried");
    const leftBehind = results.filter((result) => result.leftBehind === true).length;
    return (
        `updated=${count("updated")} already-current=${count("already-current")} ` +
        `failed=${count("failed")} skipped=${count("skipped")}` +
        (notTried === 0 ? "" : ` not-tried=${notTried}`) +
        (leftBehind === 0 ? "" : ` left-behind=${leftBehind}`)
    );
}
