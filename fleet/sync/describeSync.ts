import { shortImage } from "../../images/shortImage";
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
    return `${word.padEnd(15)} ${namespace}/${deployment}${change}${reason === undefined ? "" : `: ${reason}`}`;
}

/** The last line, that a script reads. `not-tried` is only there when something was not tried. */
export function syncCountsLine(results: readonly SyncResult[]): string {
    const count = (outcome: SyncResult["outcome"]) =>
        results.filter((result) => result.outcome === outcome).length;
    const notTried = count("not-tried");
    return (
        `updated=${count("updated")} already-current=${count("already-current")} ` +
        `failed=${count("failed")} skipped=${count("skipped")}` +
        (notTried === 0 ? "" : ` not-tried=${notTried}`)
    );
}
