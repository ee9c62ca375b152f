import { z } from "zod";
import { type PinnedReference, formatImageReference } from "../images/imageReference";
import { pinnedReferenceSchema } from "../images/imageSchemas";
import { runtimeNameSchema } from "../images/runtimeImages";

/** The version of the output `proof` that this program writes and reads. */
export const PROOF_SCHEMA_VERSION = 1;

/** Digests that a stack proved before and that are remembered: a rollback to one of them needs no soak. */
const MAX_EARLIER = 10;

const text = z.string().min(1);

const evidenceSchema = z.object({
    /**
     * `agents`: agents of this stack really ran it. `passed-on`: nobody here runs this runtime, and somebody answers for that.
     * `release`: nobody here runs this runtime, and the release's own checks passed. `rollout`: an earlier program rolled it out,
     * and said no more.
     */
    by: z.enum(["agents", "passed-on", "release", "rollout"]),
    /** Agents that ran it, `org/agent`; the first ten of them. */
    agents: z.array(text),
    /** How many ran it. */
    count: z.int().min(0),
    /** How long they had been ready without a break: `30m`. */
    soak: text,
    /** The checks that were asked and passed, and what they answered. */
    checks: z.array(z.object({ name: text, answer: z.string() })),
    /** Agents that did not run it and were not counted, with who answers for that. */
    excused: z.array(text),
});

const provenSchema = z.object({
    /** `repository[:tag]@digest` */
    image: pinnedReferenceSchema,
    release: text,
    /** When the pin had been moved, as the reference said. */
    promotedAt: text.optional(),
    /** Absent where an earlier program did not say. */
    provenAt: z.iso.datetime().optional(),
    evidence: evidenceSchema,
    /** Digests that were proven here before this one, newest first. */
    earlier: z.array(text),
});

const waitingSchema = z.object({
    image: pinnedReferenceSchema,
    release: text,
    /** Sentences: what is missing. */
    why: z.array(text).min(1),
    /** RFC 3339 time at which it is proven at the earliest, where only time is missing. */
    earliest: z.iso.datetime().optional(),
});

const outputSchema = z.object({
    schemaVersion: z.literal(PROOF_SCHEMA_VERSION),
    runtimes: z.record(
        runtimeNameSchema,
        z.object({ proven: provenSchema.optional(), waiting: waitingSchema.optional() }),
    ),
});

/** What made a digest proven in a stack. */
export type ProofEvidence = z.infer<typeof evidenceSchema>;

/** A runtime's image that a stack has proven, and how. */
export type Proven = z.infer<typeof provenSchema>;

/** A runtime's pin that a stack has not proven yet, and what is missing. */
export type Waiting = z.infer<typeof waitingSchema>;

/** What a stack knows of one runtime: the last image that it proved, and the pin on its way, where that is another one. */
export interface RuntimeProof {
    readonly proven?: Proven;
    readonly waiting?: Waiting;
}

/** Runtime → what a stack has proven of it. */
export type ProofRecord = ReadonlyMap<string, RuntimeProof>;

/** The output `proof` as it is written: plain JSON that other stacks and reports read. */
export interface ProofOutput {
    readonly schemaVersion: typeof PROOF_SCHEMA_VERSION;
    readonly runtimes: Readonly<Record<string, unknown>>;
}

/**
 * Reads the output `proof`. What cannot be read is no proof: an older program wrote none, and a newer one may mean another
 * thing by it.
 */
export function parseProof(output: unknown): ProofRecord | undefined {
    const parsed = outputSchema.safeParse(output);
    return parsed.success ? new Map(Object.entries(parsed.data.runtimes)) : undefined;
}

/** Writes the output `proof`: the inverse of {@link parseProof}, runtimes in alphabetical order. */
export function formatProof(record: ProofRecord): ProofOutput {
    const runtimes = [...record]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([runtime, { proven, waiting }]): [string, unknown] => [
            runtime,
            {
                ...(proven && { proven: { ...proven, image: formatImageReference(proven.image) } }),
                ...(waiting && { waiting: { ...waiting, image: formatImageReference(waiting.image) } }),
            },
        ]);
    return { schemaVersion: PROOF_SCHEMA_VERSION, runtimes: Object.fromEntries(runtimes) };
}

/** The digests that were proven before a new one, the last one first, each once. */
export function rememberEarlier(before: Proven | undefined, next: PinnedReference): string[] {
    const known = before === undefined ? [] : [before.image.digest, ...before.earlier];
    return [...new Set(known)].filter((digest) => digest !== next.digest).slice(0, MAX_EARLIER);
}
