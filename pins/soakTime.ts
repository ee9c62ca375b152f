import type { Pin } from "../platform/platformConfig";

/** How long a digest ran in an environment without a break, and whether it was rolled back there. */
export interface Soak {
    /** Hours; `undefined` when it was never deployed there, as far as anybody wrote down. */
    readonly hours: number | undefined;
    /** Whether it was pinned there, deployed or not. */
    readonly pinned: boolean;
    /** Why it was rolled back from, when it ever was: no later success takes that back. */
    readonly rolledBack: string | undefined;
}

/**
 * Reads from a pin and its history how long it was on a digest, at its longest. A pin that nobody deployed does not soak.
 *
 * @param since when a digest that was pinned at a time was deployed, for pins that do not say so themselves
 */
export function soakTime(
    pin: Pin | undefined,
    digest: string,
    now: Date,
    since: (digest: string, promotedAt: string) => string | undefined,
): Soak {
    if (pin === undefined) {
        return { hours: undefined, pinned: false, rolledBack: undefined };
    }
    const records = [pin, ...(pin.history ?? [])];
    let longest: number | undefined;
    let end = now.getTime();
    let runEnd: number | undefined;
    // Newest first: each pin lasted until the one before it in the list was set.
    for (const { image, promotedAt, deployedAt } of records) {
        if (promotedAt === undefined) {
            break; // Nothing older can be told either.
        }
        const from = deployedAt ?? since(digest, promotedAt);
        if (image?.digest === digest && from !== undefined) {
            runEnd ??= end;
            longest = Math.max(longest ?? 0, runEnd - Math.max(Date.parse(from), Date.parse(promotedAt)));
        } else {
            runEnd = undefined;
        }
        end = Date.parse(promotedAt);
    }
    return {
        hours: longest === undefined ? undefined : longest / 3_600_000,
        pinned: records.some(({ image }) => image?.digest === digest),
        rolledBack: rolledBackFrom(pin).get(digest),
    };
}

/**
 * The digests that were rolled back from, as far back as the history goes, with why.
 *
 * @param which `standing`: without those whose hold somebody has ended
 */
export function rolledBackFrom(pin: Pin, which: "ever" | "standing" = "ever"): ReadonlyMap<string, string> {
    const records = [pin, ...(pin.history ?? [])];
    const left = records.flatMap(({ hold }, index) =>
        hold === undefined || (which === "standing" && hold.released !== undefined)
            ? []
            : // A second rollback in a row keeps the first one's bad image on record; its own is the pin before.
              [hold.badImage, records[index + 1]?.image].map(
                  (image) => [image?.digest, hold.reason] as const,
              ),
    );
    return new Map(
        left.flatMap(([digest, reason]) => (digest === undefined ? [] : [[digest, reason] as const])),
    );
}
