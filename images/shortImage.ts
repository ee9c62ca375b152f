import { parseImageReference } from "./imageReference";

/** Hex digits of a digest that people compare by eye. */
const DIGEST_DIGITS = 12;

/** An image in the few characters of a table's cell: its release or tag, and the start of its digest. */
export function shortImage(image: string | null): string {
    if (image === null) {
        return "-";
    }
    const parsed = parseImageReference(image);
    if (!parsed.ok) {
        return image === "" ? "(none)" : image;
    }
    const { tag, digest } = parsed.reference;
    const short = digest === undefined ? undefined : shortDigest(digest);
    if (tag === undefined) {
        return short ?? "(no tag)";
    }
    return short === undefined ? `:${tag}` : `${tag}@${short}`;
}

/** `sha256:8536fbc57064…` → `8536fbc57064`. */
function shortDigest(digest: string): string {
    return digest.slice(digest.indexOf(":") + 1, digest.indexOf(":") + 1 + DIGEST_DIGITS);
}
