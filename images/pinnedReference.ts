import { z } from "zod";
import { type PinnedReference, parseImageReference, withDigest } from "./imageReference";

/** An image with a digest, as it stands in an output that this program wrote: read as a value. */
export const pinnedReferenceSchema = z.string().transform((text, context): PinnedReference => {
    const parsed = parseImageReference(text);
    if (!parsed.ok || parsed.reference.digest === undefined) {
        context.addIssue({
            code: "custom",
            message: 'expected an image with its digest, "repository@sha256:…"',
        });
        return z.NEVER;
    }
    return withDigest(parsed.reference);
});
