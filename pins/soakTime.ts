import type { Pin } from "../platform/platformConfig";

/** How long a digest was pinned in an environment without a break, and whether it was rolled back there. */
export interface Soak {
    /** Hours; `undefined` when it was never pinned there, or nobody wrote down since when. */
    readonly hours: number | undefined;
    /** Why it was rolled back from, when it was. */
    readonly rolledBack: string | undefined;
}

/** Reads from a pin and its history how long it was on a digest, at its longest. */
export function soakTime(pin: Pin | undefined, digest: string, now: Date): Soak {
    if (pin === undefined) {
        return { hours: undefined, rolledBack: undefined };
    }
    const { hold } = pin;
    const rolledBack =
        hold !== undefined && hold.released === undefined && hold.badImage.digest === digest
            ? hold.reason
            : undefined;
    let longest: number | undefined;
    let end = now.getTime();
    let runEnd: number | undefined;
    // Newest first: each pin lasted until the one before it in the list was set.
    for (const record of [pin, ...(pin.history ?? [])]) {
        if (record.promotedAt === undefined) {
            break; // Nothing older can be told either.
        }
        const start = Date.parse(record.promotedAt);
        if (record.image?.digest === digest) {
            runEnd ??= end;
            longest = Math.max(longest ?? 0, runEnd - start);
        } else {
            runEnd = undefined;
        }
        end = start;
    }
    return { hours: longest === undefined ? undefined : longest / 3_600_000, rolledBack };
}
