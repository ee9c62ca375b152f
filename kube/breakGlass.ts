import { z } from "zod";

/** The annotation on a Deployment whose image was set past Pulumi: JSON, a {@link BreakGlass}. */
export const BREAK_GLASS_ANNOTATION = "customer-orgs/break-glass";

const breakGlassSchema = z.object({
    /** What was set. Once the live image is another one, the annotation says nothing any more. */
    image: z.string(),
    reason: z.string(),
    /** The user at the operator's machine. */
    by: z.string(),
    /** RFC 3339. */
    at: z.string(),
});

/** Who set an agent's image past Pulumi, when and why. */
export type BreakGlass = z.infer<typeof breakGlassSchema>;

/** Whether nobody wrote the annotation, or wrote it so that it can be read. */
export function isReadableBreakGlass(annotations: Readonly<Record<string, string>>): boolean {
    return annotations[BREAK_GLASS_ANNOTATION] === undefined || parse(annotations) !== undefined;
}

/** Reads the annotation, where there is one that can be read and that is about the live image. */
export function readBreakGlass(
    annotations: Readonly<Record<string, string>>,
    liveImage: string,
): BreakGlass | undefined {
    const glass = parse(annotations);
    return glass?.image === liveImage ? glass : undefined;
}

function parse(annotations: Readonly<Record<string, string>>): BreakGlass | undefined {
    try {
        return breakGlassSchema.safeParse(JSON.parse(annotations[BREAK_GLASS_ANNOTATION] ?? "")).data;
    } catch {
        return undefined;
    }
}
