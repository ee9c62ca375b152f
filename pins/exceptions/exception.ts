import { daysUntil } from "../../images/imageOverride";

/** Why somebody is on purpose not on the pin, or not counted where it is proven. */
export type ExceptionKind =
    "override" | "hold" | "excuse" | "pass-on" | "exemption" | "break-glass" | "pause";

/** One exception that somebody answers for, as it was written down. */
export interface WrittenException {
    readonly kind: ExceptionKind;
    /** Whom it concerns: `prod/acme/coder`, `prod/acme`, `prod`. */
    readonly who: string;
    /** The runtime that it is about; absent where it is about all. */
    readonly runtime?: string;
    /** The last day (UTC) on which it holds; absent where nobody said until when. */
    readonly until?: string;
    readonly by: string;
    readonly why: string;
    /** The file where it stands, from the root; or the cluster's context and the object. */
    readonly where: string;
    /** Days before its last day from which it is ending; a week where it does not say. */
    readonly warnDays?: number;
}

/** An exception as it is on one day. */
export interface Exception extends Omit<WrittenException, "warnDays"> {
    /** `expired`: its last day has passed. `endless`: nobody said until when. `ending`: soon. `standing`: not so soon. */
    readonly state: "expired" | "endless" | "ending" | "standing";
    /** Days to the last day: 0 on it, negative after it. */
    readonly days?: number;
}

const WARN_DAYS = 7;
const ORDER: readonly Exception["state"][] = ["expired", "endless", "ending", "standing"];

/** Judges exceptions on a day, the worst first: what has expired for longest, what has no end, what ends next. */
export function judgeExceptions(written: readonly WrittenException[], now: Date): readonly Exception[] {
    return written
        .map(({ warnDays = WARN_DAYS, ...exception }): Exception => {
            if (exception.until === undefined) {
                return { ...exception, state: "endless" };
            }
            const days = daysUntil(exception.until, now);
            return {
                ...exception,
                state: days < 0 ? "expired" : days <= warnDays ? "ending" : "standing",
                days,
            };
        })
        .sort(
            (a, b) =>
                ORDER.indexOf(a.state) - ORDER.indexOf(b.state) ||
                (a.days ?? 0) - (b.days ?? 0) ||
                (a.who < b.who ? -1 : a.who > b.who ? 1 : 0),
        );
}

/** Whether an exception is not as it should be: nobody decided what comes after it. */
export function isOverdue({ state }: Pick<Exception, "state">): boolean {
    return state === "expired" || state === "endless";
}

/** Where people write down who answers for an exception, why, and until when. */
export function writtenDown(
    { kind, who, runtime, where }: Pick<WrittenException, "kind" | "who" | "runtime" | "where">,
    { owner, reason, expires }: { readonly owner: string; readonly reason: string; readonly expires: string },
): WrittenException {
    return { kind, who, runtime, until: expires, by: owner, why: reason, where };
}
