import { printable, printableLine } from "./printable";

/** Stands between what GitHub and Gitea would make a mention, a reference or a link of, and is not seen. */
const BREAK = "\u200b";

/**
 * Foreign text as one line of Markdown that reads as it was written: no cell ends early, and no link, image, mention, reference
 * to an issue, emphasis, HTML or list comes out of an org's name, an image or what a pod says.
 * @see https://github.github.com/gfm/ (backslash escapes, autolinks)
 */
export function markdownText(text: string): string {
    return (
        printableLine(text)
            .trim()
            .replace(/&/g, "&amp;")
            .replace(/</g, "&lt;")
            .replace(/>/g, "&gt;")
            .replace(/([\\`*_[\]|~!$])/g, "\\$1")
            // A list, or a numbered one, or a heading.
            .replace(/^([-+#])/, "\\$1")
            .replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2")
            // A name after "@" is a mention or an address; a digest after an image is neither.
            .replace(/@(?=[A-Za-z0-9])(?!(?<=\w@)sha256:)/g, `@${BREAK}`)
            .replace(/#(?=\d)/g, `#${BREAK}`)
            .replace(/\b(GH-)(?=\d)/gi, `$1${BREAK}`)
            .replace(/(:)(?=\/\/)|\b(www)(?=\.)|\b(mailto|xmpp)(?=:)/gi, `$&${BREAK}`)
    );
}

/** A table; its cells are foreign, its headers ours. */
export function markdownTable(
    headers: readonly string[],
    rows: readonly (readonly string[])[],
): readonly string[] {
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    return [
        line(headers),
        `|${"---|".repeat(headers.length)}`,
        ...rows.map((row) => line(row.map(markdownText))),
    ];
}

/** Foreign text as it was printed, in a block that it cannot end: the fence is longer than any run of "`" in it. */
export function markdownBlock(text: string): string {
    const longest = Math.max(3, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
    const fence = "`".repeat(longest + 1);
    return `${fence}text\n${printable(text)}\n${fence}`;
}
