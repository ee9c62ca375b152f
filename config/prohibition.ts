import { z } from "zod";
import { isExpired } from "../images/imageOverride";
import { type freezeWindowSchema, findFreeze } from "./freezeWindow";

/** Who answers for something that holds until the end of a day or until a moment, and why. */
export const untilSchema = z.strictObject({
    owner: z.string().trim().min(1, "expected who answers for it"),
    reason: z.string().trim().min(1, "expected why"),
    /** The last day (UTC) on which it holds, or the moment at which it ends. */
    until: z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
        error: 'expected a date or a time in quotes, "2026-12-01" or "2026-12-01T18:00:00Z"',
    }),
});

/** Who answers for something until when, and why. */
export type Until = z.infer<typeof untilSchema>;

/** The keys by which a stack says that its agents stay on their images, and that they do not. */
export const prohibitionWords = {
    /** Every agent stays on the image that was deployed last. Written by `fleet pause`. */
    pause: untilSchema.optional(),
    /** A pause, the freeze windows and the budget are passed over. Written by `fleet break-glass`. */
    breakGlass: untilSchema.optional(),
};

/** What a stack says of when its agents' images may change. */
export interface Prohibitions {
    readonly pause?: Until;
    readonly breakGlass?: Until;
    readonly freeze: readonly z.infer<typeof freezeWindowSchema>[];
}

/** Why no image may change now. */
export interface Prohibition {
    readonly kind: "pause" | "freeze";
    /** The end of a sentence about the stack: `paused until 2026-12-01 by ann: …`. */
    readonly why: string;
}

/** Whether what somebody answers for holds at `now`. */
export function holds(what: Until | undefined, now: Date): what is Until {
    if (what === undefined) {
        return false;
    }
    const { until } = what;
    return until.includes("T") ? now.getTime() < Date.parse(until) : !isExpired({ expires: until }, now);
}

/**
 * What forbids to change images now: the one answer for programs, commands and whatever else moves a pin or rolls an agent.
 *
 * @throws MendableError when a freeze window's rule cannot be evaluated
 */
export function whatForbids({ pause, breakGlass, freeze }: Prohibitions, now: Date): Prohibition | undefined {
    if (holds(breakGlass, now)) {
        return undefined;
    }
    if (holds(pause, now)) {
        return { kind: "pause", why: `paused until ${pause.until} by ${pause.owner}: ${pause.reason}` };
    }
    const frozen = findFreeze(freeze, now);
    return frozen && { kind: "freeze", why: `frozen until ${frozen.until}: ${frozen.reason}` };
}
