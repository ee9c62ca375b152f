/** One cell of the coverage table: a runtime in an environment. */
export interface CoverageEntry {
    readonly environment: string;
    readonly runtime: string;
    /**
     * `current`: no newer release may be promoted. `behind`: a newer one is out, for less time than is allowed. `forgotten`: for
     * longer, or a hold of it is over. `held`: a rollback holds it. `missing`: published or used, and not pinned. `vetoed`: pinned to
     * a forbidden digest. `live`: it follows a live Deployment, which no file tells. `unpublished`: no release names it.
     * `unrecorded`: no release names its image, or one that was pushed for it, so nobody can tell how far behind it is.
     */
    readonly status:
        | "current"
        | "behind"
        | "forgotten"
        | "held"
        | "missing"
        | "vetoed"
        | "live"
        | "unpublished"
        | "unrecorded";
    /** The release that is pinned. */
    readonly pinned?: string;
    /** The newest release of it that may ever be promoted. */
    readonly newest?: string;
    /** Days since the first release that is newer than the pin was published. */
    readonly daysBehind?: number;
    /** The last day (UTC) of the hold. */
    readonly heldUntil?: string;
    /** Newer releases that are never promoted, each with the reason: they are nobody's gap. */
    readonly refused?: readonly string[];
    /** Why nobody can tell whether it is a gap; absent where somebody can. */
    readonly unknown?: string;
    /** Why it is a gap; absent when it is none. */
    readonly problem?: string;
}

/** Statuses that are as they should be. */
const FINE: ReadonlySet<CoverageEntry["status"]> = new Set([
    "current",
    "behind",
    "held",
    "live",
    "unpublished",
]);

/** Whether an entry is a gap. */
export function isGap({ status }: CoverageEntry): boolean {
    return !FINE.has(status);
}
