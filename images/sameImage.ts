import { type ImageReference, parseImageReference, sameRepository } from "./imageReference";
import { isGitShaTag } from "./immutability";

/**
 * Whether two references name the same image: the same repository, and the same digest where both have one, else the same
 * git-SHA tag. Two equal mutable tags may be two images.
 */
export function sameImage(a: ImageReference, b: ImageReference): boolean {
    if (!sameRepository(a, b)) {
        return false;
    }
    if (a.digest !== undefined && b.digest !== undefined) {
        return a.digest === b.digest;
    }
    return a.tag !== undefined && a.tag === b.tag && isGitShaTag(a.tag);
}

/** As {@link sameImage}, for text. What cannot be read is the same as nothing. */
export function sameImageText(a: string, b: string): boolean {
    const first = parseImageReference(a);
    const second = parseImageReference(b);
    return first.ok && second.ok && sameImage(first.reference, second.reference);
}
