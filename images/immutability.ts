import { type FoundImage, type ImageReference, readImage } from "./imageReference";

/** Which tags count as immutable: what a platform's CI writes once and never moves. */
export interface TagConvention {
    /** Prefixes that may stand before the git SHA, besides none: `["sha-", "git-"]`. */
    readonly shaPrefixes: readonly string[];
    /** Whether a version and a git SHA (`v1.2.3-abc1234`, `1.2.3-abc1234`) counts too. */
    readonly versionSha: boolean;
}

/** A git SHA of 7 to 40 lower-case hex digits, bare or behind `sha-` or `git-`. */
export const DEFAULT_TAG_CONVENTION: TagConvention = { shaPrefixes: ["sha-", "git-"], versionSha: false };

const GIT_SHA = /^[0-9a-f]{7,40}$/;
/** Also the form of `git describe`, which counts the commits since the version: `v1.2.3-14-gabc1234`. */
const VERSION_SHA = /^v?\d{1,9}\.\d{1,9}\.\d{1,9}(?:-\d{1,9})?-g?[0-9a-f]{7,40}$/;

/** The judgement of one image: what it is, and when it is not immutable, why. */
export type ImageVerdict =
    | { readonly kind: "digest"; readonly reference: ImageReference }
    | { readonly kind: "git-sha-tag"; readonly reference: ImageReference }
    | { readonly kind: "mutable"; readonly reference: ImageReference; readonly reason: string }
    | { readonly kind: "unparsable"; readonly reason: string };

/** Whether a tag names a git commit by the convention, and so is never moved to another image. */
export function isGitShaTag(tag: string, convention: TagConvention = DEFAULT_TAG_CONVENTION): boolean {
    if (GIT_SHA.test(tag)) {
        return true;
    }
    for (const prefix of convention.shaPrefixes) {
        if (tag.startsWith(prefix) && GIT_SHA.test(tag.slice(prefix.length))) {
            return true;
        }
    }
    return convention.versionSha && VERSION_SHA.test(tag);
}

/** As {@link judgeReference}, for whatever is written where an image should stand. Never throws. */
export function judgeImage(image: unknown, convention?: TagConvention): ImageVerdict {
    return judgeReference(readImage(image), convention);
}

/**
 * Judges an image by a positive rule: a digest, or a tag that names a git commit. All else may name another image
 * tomorrow, which is what a blocklist of `:latest` forgets.
 */
export function judgeReference(
    reference: FoundImage,
    convention: TagConvention = DEFAULT_TAG_CONVENTION,
): ImageVerdict {
    if ("unreadable" in reference) {
        return { kind: "unparsable", reason: reference.reason };
    }
    if (reference.digest !== undefined) {
        return { kind: "digest", reference };
    }
    if (reference.tag === undefined) {
        return { kind: "mutable", reference, reason: 'it has no tag, so it means ":latest"' };
    }
    if (isGitShaTag(reference.tag, convention)) {
        return { kind: "git-sha-tag", reference };
    }
    return {
        kind: "mutable",
        reference,
        reason: `the tag "${reference.tag}" can be moved to another image at any time`,
    };
}
