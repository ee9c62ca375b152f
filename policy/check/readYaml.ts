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
    const parsed = parseDocuments(text);
    const { documents, lineAt } = parsed;
    const whole: TextPart = { file, text, start: 0, above: 0 };
    const mayHaveAlias = text.includes("*");
    return documents.map((document, index): ReadValue => {
        const line = lineAt(rangeStart(document.contents) ?? rangeStart(document) ?? 0);
        const origin = documents.length === 1 ? file : `${file}:${line}`;
        const locate = locator(whole, () => parsed, index);
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
