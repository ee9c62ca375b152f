import { type ImageReference, parseImageReference } from "../images/imageReference";
import { type TagConvention, isGitShaTag, judgeImage } from "../images/immutability";
import { quoteValue } from "../lib/text/quoteValue";

/** What stands where a digest has to go in a line to paste. */
const DIGEST_PLACEHOLDER = "sha256:<digest>";

/** The parsed parts of a reference, in one line. */
export function describeParts(reference: ImageReference): string {
    const { registry, path, tag, digest } = reference;
    return `registry ${registry}, path ${path}, tag ${tag ?? "(none)"}, digest ${digest ?? "(none)"}`;
}

/** The image as written, quoted for a person. */
export function quoteImage(image: unknown): string {
    return image === undefined ? "(none)" : quoteValue(image, 200);
}

/**
 * What to write instead of an image that was refused: a line to paste, and how to fill it in where the digest is needed.
 *
 * @param field The field's own name: `image`, or `reference` in an image volume; empty in a list of images.
 */
export function describeFix(image: unknown, field: string, convention: TagConvention): string {
    const set = (value: string) => (field === "" ? `- "${value}"` : `${field}: "${value}"`);
    const repaired = typeof image === "string" ? repairImage(image, convention) : undefined;
    if (repaired === undefined) {
        return set(`<registry>/<repository>@${DIGEST_PLACEHOLDER}`);
    }
    if (judgeImage(repaired, convention).kind !== "mutable") {
        return set(repaired);
    }
    const parsed = parseImageReference(repaired);
    const repository = parsed.ok ? parsed.reference.repository : repaired;
    const line =
        field === "newTag" ? `digest: "${DIGEST_PLACEHOLDER}"` : set(`${repository}@${DIGEST_PLACEHOLDER}`);
    return (
        `${line}\n` +
        `(the digest: docker buildx imagetools inspect "${repaired}" --format '{{.Manifest.Digest}}')`
    );
}

/** A hint for tags that nearly follow the convention: what was missed, and how to allow it where that is meant. */
export function describeNearMiss(tag: string | undefined, convention: TagConvention): string {
    if (tag === undefined) {
        return "";
    }
    if (tag !== tag.toLowerCase() && isGitShaTag(tag.toLowerCase(), convention)) {
        return "; a git SHA is written in lower case";
    }
    const parts = /^(.*[-_.])([0-9a-f]{7,40})$/.exec(tag);
    const [, prefix = "", sha = ""] = parts ?? [];
    // Digits alone are a time or a number, and a prefix with a SHA in it is that of one build.
    if (parts === null || tag.length > 128 || /^\d+$/.test(sha) || hasSha(prefix)) {
        return "";
    }
    return isGitShaTag(tag, { ...convention, versionSha: true })
        ? '; if your CI never moves such tags, set "versionSha": true in the policy\'s config'
        : `; if your CI never moves such tags, add "${prefix}" to "shaPrefixes" in the policy's config`;
}

/** Whether a part of a tag is what a git SHA looks like. */
function hasSha(text: string): boolean {
    return text.split(/[-_.]/).some((part) => /^g?[0-9a-f]{7,40}$/.test(part));
}

/** The nearest thing that parses: without scheme and white space, in lower case where the grammar wants it. */
function repairImage(image: string, convention: TagConvention): string | undefined {
    const bare = image.trim().replace(/^[A-Za-z][A-Za-z0-9+.-]{0,20}:\/\//, "");
    const candidates = [image, bare, lowerCaseAround(bare)];
    const readable = candidates.filter((candidate) => parseImageReference(candidate).ok);
    return readable.find((candidate) => judgeImage(candidate, convention).kind !== "mutable") ?? readable[0];
}

/** Lower case in name and digest. Not in the tag, where `ABC` and `abc` are two tags. */
function lowerCaseAround(image: string): string {
    const at = image.indexOf("@");
    const name = at < 0 ? image : image.slice(0, at);
    const digest = at < 0 ? "" : image.slice(at);
    const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
    const repository = colon < 0 ? name : name.slice(0, colon);
    return repository.toLowerCase() + name.slice(repository.length) + digest.toLowerCase();
}
