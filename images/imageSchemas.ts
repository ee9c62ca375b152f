import { z } from "zod";
import {
    type FoundImage,
    type ImageReference,
    type PinnedReference,
    formatImageReference,
    readImage,
} from "./imageReference";
import { judgeReference } from "./immutability";

/**
 * An image that is text in YAML and JSON, and a value here; `z.encode` writes it again.
 *
 * @param refuse why an image is refused, which holds an unreadable one too; `undefined` where it is not
 */
export function imageSchema<T extends ImageReference = ImageReference>(
    refuse: (image: FoundImage) => string | undefined,
) {
    return z.codec(z.string(), z.custom<T>(), {
        decode: (text, payload) => {
            const image = readImage(text);
            const message = refuse(image);
            if (message !== undefined) {
                // Whatever else is wrong around it is found in the same run.
                payload.issues.push({ code: "custom", input: text, message, continue: true });
            }
            return image as T;
        },
        encode: formatImageReference,
    });
}

/** An image that may be mutable: it is resolved to a digest before anything runs it. */
export const anyImageSchema = imageSchema((image) =>
    "unreadable" in image ? `not an image reference: ${image.reason}` : undefined,
);

/** An image that is a digest, or a git-SHA tag, which is resolved to one. Never a mutable tag: nothing may drift. */
export const immutableImageSchema = imageSchema((image) => {
    const verdict = judgeReference(image);
    return verdict.kind === "mutable" || verdict.kind === "unparsable"
        ? `${verdict.reason}; expected a digest ("repository@sha256:…") or a git-SHA tag`
        : undefined;
});

/** An image with its digest, as it stands in an output that this program wrote. */
export const pinnedReferenceSchema = imageSchema<PinnedReference>(({ digest }) =>
    digest === undefined ? 'expected an image with its digest, "repository@sha256:…"' : undefined,
);
