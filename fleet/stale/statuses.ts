/** What an agent can be, the worst first: the order of every table. */
export const STATUSES = [
    /** Its template has, or its pods run, a digest that somebody has forbidden. */
    "vetoed",
    /** Deployed, and gone from the cluster. */
    "missing",
    /** Its pods cannot run. */
    "failing",
    /** The live image is a tag that can be moved. */
    "mutable",
    /** The live image, or what its pods run, is not what was deployed. */
    "drifted",
    /** Deployed, and not on its target. */
    "stale",
    /** On the image of an override whose last day has passed: somebody must decide. */
    "expired",
    /** No stack owns it. */
    "unmanaged",
    /** Nothing wrong was seen, and not all was seen that would have to be. */
    "unknown",
    /** On its target, while its rollout has not finished. */
    "rolling",
    /** On an override's image. */
    "held",
    /** On its target. */
    "current",
] as const;

/** What an agent is. */
export type FleetStatus = (typeof STATUSES)[number];

/** Whether a status needs nobody: on its target, or held on purpose. */
export function isFine(status: FleetStatus): boolean {
    return status === "current" || status === "held";
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
