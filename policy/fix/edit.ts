/** A change of a file's text, within one line of it; what is written instead may be several. */
export interface Edit {
    /** Offsets in the text. */
    readonly start: number;
    readonly end: number;
    readonly text: string;
}

/** How an image is to be named, and where it stands. */
export interface DigestFix {
    /** The reference as the policies read it. */
    readonly image: string;
    /** What its tag leads to: `sha256:…`. */
    readonly digest: string;
    /** The path of the finding: `spec.containers[0].image`. */
    readonly path: string;
    /** Where the scalar at that path stands. */
    readonly range: readonly [start: number, end: number];
}

/**
 * What to change so that the digest stands beside the tag: behind it, or below it as a `digest` of its own in a kustomization.
 * Everything else in the text, comments and order among it, stays as it is.
 *
 * @returns the edit, or why there is none
 */
export function digestEdit(
    text: string,
    { image, digest, path, range: [start, end] }: DigestFix,
): Edit | string {
    const written = text.slice(start, end);
    const quote = /^["']/.exec(written)?.[0] ?? "";
    const value = quote === "" ? written : written.slice(1, -1);
    if (path.endsWith(".newTag")) {
        return image.endsWith(`:${value}`)
            ? digestBeside(text, end, digest)
            : `the tag of "${image}" is not written there as it is`;
    }
    return value === image
        ? { start, end, text: `${quote}${image}@${digest}${quote}` }
        : `"${image}" is not written there in one piece`;
}

/** A kustomization's `digest`, on a line of its own below the tag, or behind it within brackets. */
function digestBeside(text: string, end: number, digest: string): Edit {
    const lineStart = text.lastIndexOf("\n", end - 1) + 1;
    const lineEnd = text.indexOf("\n", end) < 0 ? text.length : text.indexOf("\n", end);
    const before = /^[ -]*(?=newTag:)/.exec(text.slice(lineStart, lineEnd))?.[0];
    if (before === undefined) {
        return { start: end, end, text: `, digest: "${digest}"` };
    }
    const at = text[lineEnd - 1] === "\r" ? lineEnd - 1 : lineEnd;
    const newLine = at < lineEnd ? "\r\n" : "\n";
    return { start: at, end: at, text: `${newLine}${" ".repeat(before.length)}digest: "${digest}"` };
}

/** A text with its edits. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
    return edits
        .toSorted((a, b) => b.start - a.start)
        .reduce((edited, edit) => edited.slice(0, edit.start) + edit.text + edited.slice(edit.end), text);
}
