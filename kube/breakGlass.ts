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

/** Reads the annotation, where there is one that can be read and that is about the live image. */
export function readBreakGlass(
    annotations: Readonly<Record<string, string>>,
    liveImage: string,
): BreakGlass | undefined {
    const text = annotations[BREAK_GLASS_ANNOTATION];
    if (text === undefined) {
        return undefined;
    }
    try {
        const parsed = breakGlassSchema.safeParse(JSON.parse(text));
        return parsed.success && parsed.data.image === liveImage ? parsed.data : undefined;
    } catch {
        return undefined;
    }
}
