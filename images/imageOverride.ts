import { z } from "zod";
import { immutableImageSchema } from "./imageSchemas";

/** Where to write an override down, besides the image: who answers for it, why, and until when. */
export const imageOverrideSchema = z.strictObject({
    /** A digest, or a git-SHA tag that is resolved to its digest. Never a mutable tag: an exception must not drift either. */
    image: immutableImageSchema,
    /** A person or a team that answers for the exception. */
    owner: z.string().trim().min(1, "expected who answers for the override"),
    /** Why the org is held, for whoever reads the diff in half a year. */
    reason: z.string().trim().min(1, "expected why the override is needed"),
    /** The last day (UTC) on which the override holds: `2026-12-31`. From the next day on every report is red. */
    expires: z.iso.date('expected a date, "YYYY-MM-DD"'),
});

/** An org's exception from the platform's pin. */
export type ImageOverride = z.infer<typeof imageOverrideSchema>;

/** Whether an override's last day (UTC, inclusive) has passed at `now`. */
export function isExpired(override: Pick<ImageOverride, "expires">, now: Date): boolean {
    return now.toISOString().slice(0, 10) > override.expires;
}

const DAY = 86_400_000;

/** Whole days (UTC) from `now` to a last day: 0 on the day itself, negative after it. */
export function daysUntil(expires: string, now: Date): number {
    return Math.round((Date.parse(expires) - Date.parse(now.toISOString().slice(0, 10))) / DAY);
}
