import { z } from "zod";
import { timeSchema } from "../config/digestAndTime";
import { runtimeNameSchema } from "../images/runtimeImages";

const who = {
    /** The release's name: `v0.3.45`. */
    release: z.string().min(1, "expected the release's name"),
    /** Who queued it: a person or a pipeline. */
    by: z.string().min(1, "expected who queued it"),
    since: timeSchema,
};

/** A release that waits until an environment may be promoted to it: the key `platform:queue`, written by `fleet promote --when-allowed`. */
export const queuedSchema = z.strictObject({
    ...who,
    /** The release's file, from the project's root. */
    file: z.string().min(1, "expected the release's file"),
    /** When its newest image was published: of two that are queued, the newer one stays. */
    publishedAt: timeSchema,
    /** These runtimes only. */
    only: z.array(runtimeNameSchema).min(1).optional(),
    /** Why it covers only some runtimes. */
    partial: z.string().min(1).optional(),
    /** Those whose place it took, the last one first. */
    insteadOf: z.array(z.strictObject(who)).optional(),
});

/** A release that waits. */
export type Queued = z.infer<typeof queuedSchema>;

/** Since when a release waits, by whom, and whose place it took: `queued by ann since …, in place of "v0.3.44" (…)`. */
export function describeQueued({ by, since, insteadOf = [] }: Queued): string {
    const others = insteadOf.map((each) => `"${each.release}" (queued by ${each.by} since ${each.since})`);
    return `queued by ${by} since ${since}${others.length === 0 ? "" : `, in place of ${others.join(" and ")}`}`;
}
