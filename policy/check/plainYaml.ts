import { MAX_DEPTH, NOT_PLAIN, keyOf, notPlain, readLineValue } from "./plainLine";

/**
 * Reads the YAML that nearly every manifest is written in: block maps and lists, scalars and brackets on one line, literal text.
 * The library keeps every token with its place, for which a check of a thousand objects waits most of its time; the value alone
 * is had many times faster. Whatever leaves the slightest doubt (anchors, tags, escapes, text over several lines, tabs) is
 * left to the library, and a test holds the two to each other.
 *
 * @returns The value of one document, or `undefined` where the library has to read it.
 */
export function readPlainYaml(text: string): { readonly value: unknown } | undefined {
    if (text.includes("\r")) {
        return undefined;
    }
    try {
        return { value: new PlainReader(text).document() };
    } catch (error) {
        if (error === NOT_PLAIN) {
            return undefined;
        }
        throw error;
    }
}

/** A key and what stands behind it. Those that are no text for everybody (`true`, `1`) are not plain. */
const KEY = /^([A-Za-z_][A-Za-z0-9_./-]*|"[^"\\]+"|'[^']+'):(?: +|$)/;

interface Line {
    indent: number;
    text: string;
}

class PlainReader {
    private readonly lines: readonly string[];
    private at = 0;
    /** The line that is read, without its indentation; `undefined` behind the last one. */
    private line: Line | undefined;

    constructor(text: string) {
        this.lines = text.split("\n");
        this.next(0);
    }

    document(): unknown {
        const value = this.line === undefined ? null : this.block(this.line.indent, 0);
        return this.line === undefined ? value : notPlain();
    }

    /** Goes to the next line from an index on that holds anything but a comment. */
    private next(from: number): void {
        for (this.at = from; this.at < this.lines.length; this.at++) {
            const whole = this.lines[this.at] ?? "";
            const indent = indentOf(whole);
            const first = whole.charAt(indent);
            if (first !== "" && first !== "#") {
                this.line = { indent, text: whole.slice(indent) };
                return;
            }
        }
        this.line = undefined;
    }

    /** The map or list whose entries stand at a column. */
    private block(indent: number, depth: number): unknown {
        if (depth > MAX_DEPTH) {
            notPlain();
        }
        return isEntry(this.line) ? this.list(indent, depth) : this.map(indent, depth);
    }

    private list(indent: number, depth: number): unknown[] {
        const list: unknown[] = [];
        for (let line = this.line; line?.indent === indent && isEntry(line); line = this.line) {
            const rest = line.text.slice(1).replace(/^ +/, "");
            if (rest === "" || rest.startsWith("#")) {
                list.push(this.below(indent + 1, depth));
            } else if (rest.startsWith("- ") || rest === "-" || KEY.test(rest)) {
                // What begins behind the dash is a block of its own, at its own column.
                const column = indent + line.text.length - rest.length;
                this.line = { indent: column, text: rest };
                list.push(this.block(column, depth + 1));
            } else {
                list.push(this.value(rest, indent));
            }
        }
        return list;
    }

    private map(indent: number, depth: number): Record<string, unknown> {
        const map: Record<string, unknown> = {};
        for (let line = this.line; line?.indent === indent && !isEntry(line); line = this.line) {
            const [whole, written = ""] = KEY.exec(line.text) ?? notPlain();
            const key = keyOf(written);
            const rest = line.text.slice(whole.length);
            if (rest !== "" && !rest.startsWith("#")) {
                map[key] = this.value(rest, indent);
                continue;
            }
            // A list may stand at the column of its key.
            this.next(this.at + 1);
            const isList = this.line?.indent === indent && isEntry(this.line);
            map[key] = isList ? this.block(indent, depth + 1) : this.deeper(indent + 1, depth);
        }
        return map;
    }

    /** What stands below an entry that has nothing on its own line. */
    private below(least: number, depth: number): unknown {
        this.next(this.at + 1);
        return this.deeper(least, depth);
    }

    private deeper(least: number, depth: number): unknown {
        return this.line !== undefined && this.line.indent >= least
            ? this.block(this.line.indent, depth + 1)
            : null;
    }

    /** A value on the line of its key or dash; goes to the line behind it. */
    private value(text: string, indent: number): unknown {
        if (text.startsWith("|")) {
            return this.literal(text, indent);
        }
        const value = readLineValue(text);
        this.next(this.at + 1);
        // A line that stands deeper goes on with the text.
        return this.line !== undefined && this.line.indent > indent ? notPlain() : value;
    }

    /** Literal text: `|` or `|-`, indented as its first line is. */
    private literal(header: string, parent: number): string {
        if (header !== "|" && header !== "|-") {
            notPlain();
        }
        const start = this.at + 1;
        const indent = indentOf(this.lines[start] ?? "");
        let end = start;
        for (; end < this.lines.length; end++) {
            const line = this.lines[end] ?? "";
            if (indentOf(line) < indent && line.trim() !== "") {
                break;
            }
            // White space alone may be text, where it reaches further than the indentation.
            if (line.trim() === "" && line !== "") {
                notPlain();
            }
        }
        if (indent <= parent || this.lines[start]?.trim() === "" || /[\t\r]/.test(this.lines[start] ?? "")) {
            notPlain();
        }
        const content = this.lines
            .slice(start, end)
            .map((line) => line.slice(indent))
            .join("\n")
            .replace(/\n+$/, "");
        this.next(end);
        if (this.line !== undefined && this.line.indent > parent) {
            notPlain();
        }
        return header === "|" ? `${content}\n` : content;
    }
}

function isEntry(line: Line | undefined): boolean {
    return line !== undefined && (line.text === "-" || line.text.startsWith("- "));
}

function indentOf(line: string): number {
    let indent = 0;
    while (line.charCodeAt(indent) === 32) {
        indent++;
    }
    return indent;
}
