import { CORE_SCHEMA, load } from "js-yaml";
import {
    type Document,
    type Scalar,
    type YAMLParseError,
    isMap,
    isScalar,
    isSeq,
    parseAllDocuments,
    visit,
} from "yaml";
import { messageOf } from "../../lib/text/mendableError";
import type { ReadValue } from "./checkInput";
import { indentFlowText } from "./indentFlowText";
import { lineFinder } from "./lines";
import { splitPath } from "./splitPath";
import { unfoldedSize } from "./unfoldedSize";

/** As much as the anchors of one document may unfold to. A List of a thousand large objects has less, a bomb more. */
const MAX_UNFOLDED_BYTES = 64 * 1024 * 1024;

/** Reads YAML of one or more documents, as kubectl does. Never throws. */
export function readYaml(text: string, file: string): ReadValue[] {
    const parts = splitDocuments(text, file) ?? [{ file, text, start: 0, above: 0 }];
    return parts.flatMap((part) => readPlain(part, parts.length === 1) ?? readPart(part, parts.length === 1));
}

/**
 * Reads a document without anchors, tags and odd keys by the library that is six times faster; the other one says where things
 * stand, when somebody asks. The two agree about what both read (`test/fuzz/readYaml.fuzz.test.ts`).
 *
 * @returns `undefined` for a document that the other library has to read, or to say what is wrong with it
 */
function readPlain(part: TextPart, isOnly: boolean): ReadValue[] | undefined {
    const { file, text, above } = part;
    const content = text.search(/^[ \t]*[^#\s]/m);
    if (content < 0) {
        return [];
    }
    const plain = loadPlain(text);
    const origin = isOnly ? file : `${file}:${above + text.slice(0, content).split("\n").length}`;
    return (
        plain && [
            {
                value: plain.value,
                origin,
                locate: locator(
                    part,
                    once(() => parseDocuments(text)),
                ),
            },
        ]
    );
}

/** Anchors, aliases, tags and merged keys; keys that are written out (`? `), empty or null; blocks whose indentation is written. */
const NOT_PLAIN = /[&*!]|<<|(?:^|-)[ \t]*[?:](?:\s|$)|[{[,]\s*[?:]|(?:~|null)\s*:|[|>][-+]?[1-9]/im;

/** The value of one document, by the faster library; `undefined` for one that it does not read, or in its own way. */
export function loadPlain(text: string): { readonly value: unknown } | undefined {
    if (NOT_PLAIN.test(text)) {
        return undefined;
    }
    try {
        return { value: load(text, { schema: CORE_SCHEMA }) };
    } catch {
        return undefined;
    }
}

/**
 * The documents of a text, by the lines `---` between them: a line that begins so is nothing else, whatever stands around it.
 *
 * @returns `undefined` where it is not as simple: directives, ends of documents, content behind the mark, other line ends
 */
function splitDocuments(text: string, file: string): TextPart[] | undefined {
    if (/^(?:%|\.\.\.)|\r(?!\n)|^\ufeff/m.test(text) || /^---[ \t]+(?![ \t]*(?:#|\r?$))/m.test(text)) {
        return undefined;
    }
    const parts: TextPart[] = [];
    let start = 0;
    let above = 0;
    for (const mark of text.matchAll(/(?<=^|\n)---(?=[ \t\r\n]|$)/g)) {
        const before = text.slice(start, mark.index);
        parts.push({ file, text: before, start, above });
        above += before.split("\n").length - 1;
        start = mark.index + mark[0].length;
    }
    parts.push({ file, text: text.slice(start), start, above });
    // What stands before the first mark belongs to its document, where it is comments alone.
    const [first] = parts;
    return first !== undefined && parts.length > 1 && !/^[ \t]*[^#\s]/m.test(first.text)
        ? parts.slice(1)
        : parts;
}

function readPart(part: TextPart, isOnly: boolean): ReadValue[] {
    const { file, text, above } = part;
    const parsed = parseDocuments(text);
    const { documents } = parsed;
    const lineAt = (offset: number) => above + parsed.lineAt(offset);
    const mayHaveAlias = text.includes("*");
    return documents.map((document, index): ReadValue => {
        const line = lineAt(rangeStart(document.contents) ?? rangeStart(document) ?? 0);
        const origin = isOnly && documents.length === 1 ? file : `${file}:${line}`;
        const locate = locator(part, () => parsed, index);
        const error = document.errors.find((error) => !isForgiven(error));
        if (error !== undefined) {
            const problem = `${file}:${lineAt(error.pos[0])}: is not YAML: ${firstLine(error.message)}`;
            return { origin, locate, problem };
        }
        try {
            return { value: valueOf(document, mayHaveAlias), origin, locate };
        } catch (error) {
            // An anchor that unfolds to too much, or to itself.
            return { origin, locate, problem: `${origin}: cannot be read: ${firstLine(messageOf(error))}` };
        }
    });
}

/** The documents of a text. The lines are those of the text, whatever had to be moved within them. */
export function parseDocuments(text: string): {
    documents: Document[];
    lineAt: (offset: number) => number;
    isRepaired: boolean;
} {
    const documents = parse(text);
    const isCutOff = documents.some(({ errors }) =>
        errors.some(({ code }) => code === "MISSING_CHAR" || code === "BAD_INDENT"),
    );
    const repaired = isCutOff ? indentFlowText(text) : text;
    const isRepaired = repaired !== text;
    return { documents: isRepaired ? parse(repaired) : documents, lineAt: lineFinder(repaired), isRepaired };
}

function parse(text: string): Document[] {
    // Merge keys (`<<`) are YAML 1.1, which kubectl reads: without them an image could hide behind an anchor. Of a key that
    // is there twice, kubectl takes the last.
    const documents: Document[] | { empty: true } = parseAllDocuments(text, {
        merge: true,
        uniqueKeys: false,
        prettyErrors: false,
        logLevel: "silent",
    });
    return Array.isArray(documents) ? documents : [];
}

/** A comment right behind a value: YAML forbids it, and there is no doubt what kubectl's parser makes of it. */
function isForgiven({ code, message }: Pick<YAMLParseError, "code" | "message">): boolean {
    return code === "MISSING_CHAR" && message.startsWith("Comments must be separated");
}

/** @throws Error when its anchors unfold to more than any manifest has. */
function valueOf(document: Document, mayHaveAlias: boolean): unknown {
    // Aliases share what they stand for, so a bomb takes no memory here; it is measured before anybody walks it.
    const value = document.toJS({ maxAliasCount: -1 }) as unknown;
    if (mayHaveAlias && hasAlias(document) && unfoldedSize(value) > MAX_UNFOLDED_BYTES) {
        throw new Error(`its aliases unfold to more than ${MAX_UNFOLDED_BYTES} bytes`);
    }
    return value;
}

function hasAlias(document: Document): boolean {
    let found = false;
    visit(document, {
        Alias: () => {
            found = true;
            return visit.BREAK;
        },
    });
    return found;
}

/** Where the deepest part of a path stands that is there: a missing image is reported at its container. */
function placeOf(
    document: Document,
    keys: readonly (string | number)[],
): { readonly offset: number; readonly scalar?: Scalar } {
    let node: unknown = document.contents;
    let offset = rangeStart(node) ?? 0;
    for (const key of keys) {
        if (!isMap(node) && !isSeq(node)) {
            return { offset };
        }
        const pair = isMap(node)
            ? node.items.findLast((item) => String(item.key) === String(key))
            : undefined;
        node = pair === undefined ? node.get(key, true) : pair.value;
        const start = rangeStart(pair?.key) ?? rangeStart(node);
        if (start === undefined) {
            return { offset };
        }
        offset = start;
    }
    return { offset, scalar: isScalar(node) ? node : undefined };
}

/** A part of a file's text that is parsed by itself. */
export interface TextPart {
    readonly file: string;
    readonly text: string;
    /** Its offset in the file's text, and how many lines stand above it. */
    readonly start: number;
    readonly above: number;
}

/**
 * Finds paths of a document in a file.
 *
 * @param parsed Parses the part when a path is first asked for.
 * @param index Which of the part's documents.
 * @param prefix What stands before each path.
 */
export function locator(
    { file, start, above }: TextPart,
    parsed: () => ReturnType<typeof parseDocuments>,
    index = 0,
    prefix: readonly number[] = [],
): ReadValue["locate"] {
    return (path = "") => {
        const { documents, lineAt, isRepaired } = parsed();
        const document = documents[index];
        if (document === undefined) {
            return { file, line: above + 1 };
        }
        const { offset, scalar } = placeOf(document, [...prefix, ...splitPath(path)]);
        const line = above + lineAt(offset);
        return scalar?.range == null || isRepaired
            ? { file, line }
            : { file, line, range: [start + scalar.range[0], start + scalar.range[1]] };
    };
}

/** Makes a value when it is first asked for. */
export function once<T>(make: () => T): () => T {
    let made: { readonly value: T } | undefined;
    return () => (made ??= { value: make() }).value;
}

function rangeStart(node: unknown): number | undefined {
    return (node as { range?: readonly number[] | null } | undefined | null)?.range?.[0];
}

function firstLine(message: string): string {
    return message.split("\n", 1)[0] ?? message;
}
