import { createHash } from "node:crypto";

/** Text as it may stand in HTML, in attributes too. */
export function escapeHtml(text: string): string {
    return text
        .replace(/&/g, "&amp;")
        .replace(/</g, "&lt;")
        .replace(/>/g, "&gt;")
        .replace(/"/g, "&quot;")
        .replace(/'/g, "&#39;");
}

/** The content security policy of a page that loads nothing, and may have this style and run this script alone. */
export function pagePolicy(style: string, script?: string): string {
    const scripts = script === undefined ? "" : `; script-src '${hash(script)}'`;
    return `default-src 'none'; style-src '${hash(style)}'${scripts}`;
}

function hash(text: string): string {
    return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
