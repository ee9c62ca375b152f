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
const VERSION_SHA = /^v?\d{1,9}\.\d{1,9}\.\d{1,9}(?:-\d{1,9})?-(g?)([0-9a-f]{7,40})$/;

const DAY = "(?:0[1-9]|[12][0-9]|3[01])";
const MONTH = "(?:0[1-9]|1[0-2])";
const YEAR = "(?:19|20)[0-9]{2}";
const TIME = "(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?";

/**
 * Digits alone that say when something was built and not from which commit: nightly tags are pushed again. A regular
 * expression without anchors, in the common subset of JavaScript and RE2.
 */
export const DATE_DIGITS = `(?:${[
    `${YEAR}${MONTH}${DAY}[0-9]{0,9}`, // 20260131, also with an hour or a counter behind it
    `${DAY}${MONTH}${YEAR}`,
    `${MONTH}${DAY}${YEAR}`,
    `${YEAR}(?:[0-2][0-9]{2}|3[0-6][0-9])`, // the day of the year
    `[1-3][0-9]${MONTH}${DAY}(?:[0-9]{1,3}|${TIME})`, // a year of two digits
    "1[0-9]{9}(?:[0-9]{3})?", // seconds or milliseconds since 1970
].join("|")})`;

/**
 * Fewer digits than a counter may have: one in thirty short SHAs looks like this, and every build number does. Nobody can tell, so
 * whoever decides what runs (both programs, the pack in an engine, the cluster) refuses it, and whoever only reads files says so.
 */
export const COUNTER_DIGITS = "[0-9]{7,9}";

/** Prefixes that say themselves that a commit follows, so that digits behind them are one. */
export const COMMIT_PREFIX = /(?:^|[^a-z])(?:sha|git|commit)[-_.]?$/;

const DATE = new RegExp(`^${DATE_DIGITS}$`);
const COUNTER = new RegExp(`^${COUNTER_DIGITS}$`);

/** The judgement of one image: what it is, and when it is not immutable, why. */
export type ImageVerdict =
    | { readonly kind: "digest"; readonly reference: ImageReference }
    | { readonly kind: "git-sha-tag"; readonly reference: ImageReference }
    | {
          readonly kind: "mutable";
          readonly reference: ImageReference;
          readonly reason: string;
          /** Whether the tag may be a git SHA all the same: it has digits only, and nobody can tell. */
          readonly mayBeSha: boolean;
      }
    | { readonly kind: "unparsable"; readonly reason: string };

/** Whether a tag names a git commit by the convention, and so is never moved to another image. */
export function isGitShaTag(tag: string, convention: TagConvention = DEFAULT_TAG_CONVENTION): boolean {
    return shaReading(tag, convention) === "sha";
}

/** What a tag in the place of a git SHA is: one, a date, digits that may be a counter, or nothing of the sort. */
function shaReading(tag: string, convention: TagConvention): "sha" | "date" | "counter" | undefined {
    const readings = shaParts(tag, convention).map(({ sha, isCommit }) =>
        isCommit || !/^\d+$/.test(sha)
            ? "sha"
            : DATE.test(sha)
              ? "date"
              : COUNTER.test(sha)
                ? "counter"
                : "sha",
    );
    return readings.includes("sha") ? "sha" : readings[0];
}

/** What of a tag would be the SHA, and whether what stands before it says so. */
function shaParts(tag: string, convention: TagConvention): { sha: string; isCommit: boolean }[] {
    const parts = ["", ...convention.shaPrefixes]
        .filter((prefix) => tag.startsWith(prefix) && GIT_SHA.test(tag.slice(prefix.length)))
        .map((prefix) => ({ sha: tag.slice(prefix.length), isCommit: COMMIT_PREFIX.test(prefix) }));
    const version = convention.versionSha ? VERSION_SHA.exec(tag) : null;
    return version === null ? parts : [...parts, { sha: version[2] ?? "", isCommit: version[1] === "g" }];
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
        return {
            kind: "mutable",
            reference,
            reason: 'it has no tag, so it means ":latest"',
            mayBeSha: false,
        };
    }
    const reading = shaReading(reference.tag, convention);
    if (reading === "sha") {
        return { kind: "git-sha-tag", reference };
    }
    const quoted = `the tag "${reference.tag}"`;
    const reason =
        reading === "counter"
            ? `${quoted} has digits only: it may be a git SHA, or a number that another image gets too`
            : reading === "date"
              ? `${quoted} is a date and no git SHA: what is built again that day gets it too`
              : `${quoted} can be moved to another image at any time`;
    return { kind: "mutable", reference, reason, mayBeSha: reading === "counter" };
}
