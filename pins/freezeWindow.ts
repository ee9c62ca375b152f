import { RRuleTemporal } from "rrule-temporal";
import type { FreezeWindow } from "../platform/promotionConfig";

/** A freeze window that is closed now. */
export interface ActiveFreeze {
    readonly reason: string;
    /** When it opens again, RFC 3339 with the window's own offset. */
    readonly until: string;
}

/**
 * The freeze window in which `now` lies, of several the one that ends last.
 *
 * @throws Error when a rule cannot be evaluated; the message quotes it
 */
export function findFreeze(windows: readonly FreezeWindow[], now: Date): ActiveFreeze | undefined {
    let found: { readonly reason: string; readonly end: End } | undefined;
    for (const window of windows) {
        const end = lastEnd(window, now);
        if (
            end !== undefined &&
            end.epochMilliseconds > now.getTime() &&
            end.epochMilliseconds > (found?.end.epochMilliseconds ?? -Infinity)
        ) {
            found = { reason: window.reason, end };
        }
    }
    return found === undefined
        ? undefined
        : { reason: found.reason, until: found.end.toString({ timeZoneName: "never" }) };
}

type End = NonNullable<ReturnType<RRuleTemporal["previous"]>>;

/** The end of the last window that has begun. All windows of a rule are equally long, so no earlier one ends later. */
function lastEnd(window: FreezeWindow, now: Date): End | undefined {
    const start = window.start.replaceAll(/[-:]/g, "");
    try {
        const rule = new RRuleTemporal({
            rruleString: `DTSTART;TZID=${window.timezone}:${start}\nRRULE:${window.rrule}`,
            strict: true,
        });
        // Calendar arithmetic in the window's zone: a day is from 15:00 to 15:00, also over a change of the clocks.
        return rule.previous(now, true)?.add(window.duration);
    } catch (error) {
        throw new Error(
            `the recurrence rule "${window.rrule}" cannot be evaluated: ${error instanceof Error ? error.message : String(error)}`,
            { cause: error },
        );
    }
}
