import { z } from "zod";
import { immutableImageSchema } from "./imageSchemas";

/** Where to write an override down, besides the image: who answers for it, why, and until when. */
export const imageOverrideSchema = z.strictObject({
    /** A digest, or a git-SHA tag that is resolved to its digest. Never a mutable tag: an exception must not drift either. */
    image: immutableImageSchema,
    /** A person or a team that answers for the exception. */
    owner: z.string().min(1, "expected who answers for the override"),
    /** Why the org is held, for whoever reads the diff in half a year. */
    reason: z.string().min(1, "expected why the override is needed"),
    /** The last day (UTC) on which the override holds: `2026-12-31`. The next day it is an error. */
    expires: z.iso.date('expected a date, "YYYY-MM-DD"'),
});

/** An org's exception from the platform's pin. */
export type ImageOverride = z.infer<typeof imageOverrideSchema>;

/** Whether an override's last day (UTC, inclusive) has passed at `now`. */
export function isExpired(override: Pick<ImageOverride, "expires">, now: Date): boolean {
    return now.toISOString().slice(0, 10) > override.expires;
}
