/** What an agent can be, the worst first: the order of every table. */
export const STATUSES = [
    /** Deployed, and gone from the cluster. */
    "missing",
    /** Its pods cannot run. */
    "failing",
    /** The live image is a tag that can be moved. */
    "mutable",
    /** The live image is not the one that was deployed. */
    "drifted",
    /** Deployed, and not on its target. */
    "stale",
    /** On the image of an override whose last day has passed: somebody must decide. */
    "expired",
    /** No stack owns it. */
    "unmanaged",
    /** On its target, while its rollout has not finished. */
    "rolling",
    /** On an override's image. */
    "held",
    /** On its target. */
    "current",
] as const;

/** What an agent is. */
export type FleetStatus = (typeof STATUSES)[number];

/** The statuses that need nobody. */
const FINE: ReadonlySet<FleetStatus> = new Set(["current", "held"]);

/** Whether a status needs nobody: on its target, or held on purpose. */
export function isFine(status: FleetStatus): boolean {
    return FINE.has(status);
}

/** Status → agents. */
export type StatusCounts = Readonly<Record<FleetStatus, number>>;

/** Counts agents by status; every status has a number. */
export function countStatuses(rows: readonly { readonly status: FleetStatus }[]): StatusCounts {
    const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<FleetStatus, number>;
    for (const { status } of rows) {
        counts[status]++;
    }
    return counts;
}

/** Negative when `a` is the worse. */
export function compareStatuses(a: FleetStatus, b: FleetStatus): number {
    return STATUSES.indexOf(a) - STATUSES.indexOf(b);
}
