/**
 * What can move a terminal's cursor, colour or title, or turn the direction of text around: control characters (an escape
 * sequence begins with one), line and paragraph separators, and bidirectional marks.
 * @see https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
 */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Foreign text as a terminal, a log or a report may show it: every character that does something else than being seen is a
 * `?`. Line breaks and tabs stay. Names, images and error texts come from whoever can write to a cluster or a registry.
 */
export function printable(text: string): string {
    return text.replace(/\r\n/g, "\n").replace(UNPRINTABLE, "?");
}

/** As {@link printable}, on one line: any run of white space is one space. */
export function printableLine(text: string): string {
    return printable(text.replace(/\s+/g, " "));
}
