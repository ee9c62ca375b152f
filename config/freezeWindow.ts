import { RRuleTemporal } from "rrule-temporal";
import { z } from "zod";
import { MendableError, messageOf } from "../lib/text/mendableError";

/** Times at which nothing is promoted or rolled: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10 */
export const freezeWindowSchema = z.strictObject({
    /** When a window opens, an RFC 5545 recurrence rule: `FREQ=WEEKLY;BYDAY=FR;BYHOUR=15;BYMINUTE=0`. */
    rrule: z
        .string()
        .regex(
            /^FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY)(;[A-Z]+=[A-Za-z0-9,+-]+)*$/,
            'expected an RFC 5545 recurrence rule, such as "FREQ=WEEKLY;BYDAY=FR;BYHOUR=15;BYMINUTE=0"',
        ),
    /** The rule's DTSTART in local time: the first window, and the time of day where the rule has none. */
    start: z
        .string()
        .regex(
            /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/,
            'expected a local time in quotes, "2026-01-01T15:00:00"',
        )
        .default("2020-01-01T00:00:00"),
    /** How long a window stays closed, an RFC 5545 duration: `PT9H`, `P2DT15H`, `P1W`. */
    duration: z
        .string()
        .regex(
            /^P(?!$)(\d{1,3}W)?(\d{1,4}D)?(T(?=\d)(\d{1,4}H)?(\d{1,4}M)?(\d{1,4}S)?)?$/,
            'expected a duration, such as "PT9H" or "P2DT15H"',
        )
        .regex(/[1-9]/, 'expected a duration of more than nothing, such as "PT9H"'),
    /** The time zone of rule and start: `Europe/Berlin`. */
    timezone: z.string().refine(isTimeZone, 'expected a time zone of the IANA database: "Europe/Berlin"'),
    /** Why, for whoever meets the window. */
    reason: z.string().min(1, "expected why nothing is promoted then"),
});

/** Times at which nothing is promoted. */
type FreezeWindow = z.infer<typeof freezeWindowSchema>;

/** A freeze window that is closed now. */
export interface ActiveFreeze {
    readonly reason: string;
    /** When it opens again, RFC 3339 with the window's own offset. */
    readonly until: string;
}

/**
 * The freeze window in which `now` lies, of several the one that ends last.
 *
 * @throws MendableError when a rule cannot be evaluated; the message quotes it
 */
export function findFreeze(windows: readonly FreezeWindow[], now: Date): ActiveFreeze | undefined {
    let found: { readonly reason: string; readonly end: Occurrence } | undefined;
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

type Occurrence = NonNullable<ReturnType<RRuleTemporal["previous"]>>;

/** Clocks are set forward and back by at most this much. */
const LONGEST_SHIFT_MS = 3 * 3_600_000;

/** Windows of a rule that are looked at: a change of the clocks can let an earlier one end later than the last that began. */
const LOOK_BACK = 3;

/** The latest end of the windows that have begun. */
function lastEnd({ start, timezone, rrule, duration }: FreezeWindow, now: Date): Occurrence | undefined {
    try {
        const rule = new RRuleTemporal({
            // The wall clock's times, as if they were UTC's: a time that the change of the clocks skips is one of the rule all the same.
            rruleString: `DTSTART;TZID=UTC:${start.replaceAll(/[-:]/g, "")}\nRRULE:${onWallClock(rrule, timezone)}`,
            strict: true,
        });
        const ends: Occurrence[] = [];
        let wall = rule.previous(new Date(wallClock(now, timezone).getTime() + LONGEST_SHIFT_MS), true);
        while (wall !== null && ends.length < LOOK_BACK) {
            // A skipped time is taken as the clock before the change had it (RFC 5545, 3.3.5). Of a time that comes twice the window
            // begins at the first and lasts until that of the second is over.
            const local = wall.toPlainDateTime();
            const [first, second] = (["compatible", "later"] as const).map((disambiguation) =>
                local.toZonedDateTime(timezone, { disambiguation }),
            );
            if (first !== undefined && second !== undefined && first.epochMilliseconds <= now.getTime()) {
                // Calendar arithmetic in the window's zone: a day is from 15:00 to 15:00, also over a change of the clocks.
                ends.push(second.add(duration));
            }
            wall = rule.previous(new Date(wall.epochMilliseconds), false);
        }
        return ends.sort((a, b) => b.epochMilliseconds - a.epochMilliseconds)[0];
    } catch (error) {
        throw new MendableError(`the recurrence rule "${rrule}" cannot be evaluated: ${messageOf(error)}`, {
            cause: error,
        });
    }
}

/** What the zone's wall clock shows, written down as if it were UTC. */
function wallClock(time: Date, timeZone: string): Date {
    return new Date(`${time.toLocaleString("sv-SE", { timeZone }).replace(" ", "T")}Z`);
}

/** RFC 5545 has a rule's end in UTC where its start has a zone. */
function onWallClock(rrule: string, timezone: string): string {
    return rrule.replace(
        /UNTIL=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/,
        (_, year, month, day, hour, minute, second) => {
            const until = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
            return `UNTIL=${wallClock(until, timezone)
                .toISOString()
                .replaceAll(/[-:]|\.\d+/g, "")}`;
        },
    );
}

function isTimeZone(name: string): boolean {
    try {
        new Intl.DateTimeFormat("en", { timeZone: name });
        return true;
    } catch {
        return false;
    }
}
