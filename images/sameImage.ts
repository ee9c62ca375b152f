import { type FoundImage, sameRepository } from "./imageReference";
import { isGitShaTag } from "./immutability";

/**
 * Whether two references name the same image: the same repository, and the same digest where both have one, else the same
 * git-SHA tag. Two equal mutable tags may be two images, and what cannot be read is the same as nothing.
 */
export function sameImage(a: FoundImage, b: FoundImage): boolean {
    if (!sameRepository(a, b)) {
        return false;
    }
    if (a.digest !== undefined && b.digest !== undefined) {
        return a.digest === b.digest;
    }
    return a.tag !== undefined && a.tag === b.tag && isGitShaTag(a.tag);
}
