import { z } from "zod";
import { digestSchema, timeSchema } from "../config/digestAndTime";
import { immutableImageSchema } from "../images/imageSchemas";

/** A git commit, abbreviated or whole. */
export const gitShaSchema = z
    .string({ error: "expected a git commit in quotes" })
    .regex(/^[0-9a-f]{7,64}$/, "expected a git commit: 7 to 64 lower-case hex digits");

/** One check that a release passed, or did not: `{ name: smoke, result: passed, url: https://… }`. */
export const evidenceSchema = z
    .strictObject({
        /** The check's name: `smoke`. */
        name: z.string().min(1, "expected the check's name"),
        result: z.enum(["passed", "failed"]),
        /** Where its report can be read. */
        url: z.url({ protocol: /^https?$/, error: "expected an http or https URL" }).optional(),
        /** The digest of its report. */
        digest: digestSchema.optional(),
    })
    .refine(
        (evidence) => evidence.url !== undefined || evidence.digest !== undefined,
        'expected the report\'s "url" or "digest"',
    );

/** One check that a release passed, or did not. */
export type Evidence = z.infer<typeof evidenceSchema>;

/** What is known of a pin besides its image: who moved it when, why, and with what evidence. */
export const pinFacts = {
    /** The release's name: `v0.3.43`. Where it is left out, the image's tag, or the start of its digest. */
    release: z.string().min(1, "expected the release's name").optional(),
    /** When the pin was moved. */
    promotedAt: timeSchema.optional(),
    /** When the stack was seen with it deployed; absent where only the pin was written, or nobody recorded it. */
    deployedAt: timeSchema.optional(),
    /** Who moved it: a person or a pipeline. */
    promotedBy: z.string().min(1).optional(),
    /** The commit that the image was built from. */
    gitSha: gitShaSchema.optional(),
    /** When the image was published. */
    publishedAt: timeSchema.optional(),
    /** The checks that the release passed before. */
    evidence: z.array(evidenceSchema).optional(),
    /** Why it was moved, where that is not simply the next release: a rollback's or a partial promotion's reason. */
    reason: z.string().min(1).optional(),
    /** Why a check that glass can be broken for was passed over: a freeze window, a soak time, a rollback's evidence. */
    breakGlass: z.string().min(1).optional(),
};

/** A rollback holds what it pinned: the next promotion must not bring the bad release back. */
export const holdSchema = z.strictObject({
    reason: z.string().min(1, "expected why the pin is held"),
    by: z.string().min(1, "expected who holds it"),
    since: timeSchema,
    /** The last day (UTC) on which it is no gap; where it is left out, `promotion.coverage.holdDays` after `since`. */
    until: z.iso.date('expected a date, "YYYY-MM-DD"').optional(),
    /** The image that was rolled back from. */
    badImage: immutableImageSchema,
    badRelease: z.string().min(1).optional(),
    /** When the bad release was published: what is newer may end the hold. */
    badPublishedAt: timeSchema.optional(),
    /** Set when somebody ended the hold; it is kept for the record, and holds nothing any more. */
    released: z
        .strictObject({
            by: z.string().min(1, "expected who ended the hold"),
            at: timeSchema,
            reason: z.string().min(1).optional(),
        })
        .optional(),
});

/** A rollback's hold, active until it is released. */
export type Hold = z.infer<typeof holdSchema>;

/** The last day (UTC) of a hold. It holds on after that, as long as nobody releases it, and is reported as what was forgotten. */
export function holdEnds({ since, until }: Hold, holdDays: number): string {
    return until ?? new Date(Date.parse(since) + holdDays * 86_400_000).toISOString().slice(0, 10);
}

/** A pin as it was before: an entry of its history. */
export const pinRecordSchema = z.strictObject({
    image: immutableImageSchema,
    ...pinFacts,
    hold: holdSchema.optional(),
});

/** A pin as it was at some time. */
export type PinRecord = z.infer<typeof pinRecordSchema>;

/** Entries that a pin's history keeps. */
export const HISTORY_LENGTH = 20;
