import { type Document, isMap, isSeq, parseAllDocuments } from "yaml";
import { objectsOfManifest } from "../kubernetes/checkedObject";
import type { CheckInput, InputObject, SourceLine } from "./checkInput";
import { splitPath } from "./splitPath";

/** As many uses of an anchor as one document may unfold to; a manifest uses a few, a bomb millions. */
const MAX_ALIASES = 100;

/** How a text is read. */
export interface ManifestOptions {
    /** What to call it: the file's path, `stdin`. */
    readonly file: string;
    /** Whether a document that is no Kubernetes object is left out instead of being a problem: in a directory of all sorts. */
    readonly skipOthers: boolean;
}

/** Reads manifests: YAML of one or more documents, or JSON (one object, or a list of them). Never throws. */
export function readManifestText(text: string, options: ManifestOptions): CheckInput {
    const values = readJson(text, options) ?? readYaml(text, options);
    const objects: InputObject[] = [];
    const problems: string[] = [];
    const notes: string[] = [];
    for (const { value, origin, locate, problem } of values) {
        if (problem !== undefined) {
            problems.push(problem);
            continue;
        }
        if (value === null || value === undefined) {
            continue;
        }
        const found = objectsOfManifest(value, origin);
        if (found !== undefined) {
            objects.push(...found.map((object) => ({ object, origin: options.file, locate })));
        } else if (options.skipOthers) {
            notes.push(`${origin}: left out, it has no "apiVersion" and "kind"`);
        } else {
            problems.push(`${origin}: is not a Kubernetes object, it has no "apiVersion" and "kind"`);
        }
    }
    return { objects, resources: [], problems, notes };
}

interface ReadValue {
    readonly value?: unknown;
    readonly origin: string;
    readonly locate: (path: string | undefined) => SourceLine;
    readonly problem?: string;
}

/** JSON is YAML too, but its own parser is a hundred times faster; lines are found only when they are needed. */
function readJson(text: string, { file }: ManifestOptions): ReadValue[] | undefined {
    if (!/^\s*[[{]/.test(text)) {
        return undefined;
    }
    let parsed: unknown;
    try {
        parsed = JSON.parse(text);
    } catch {
        return undefined;
    }
    // One document, since it is JSON.
    const whole = once(() => ({ document: parseAllDocuments(text)[0], lineAt: lineFinder(text) }));
    const locateFrom =
        (prefix: readonly (string | number)[]) =>
        (path: string | undefined): SourceLine => {
            const { document, lineAt } = whole();
            return {
                file,
                line:
                    document === undefined
                        ? 1
                        : lineOf(lineAt, document, [...prefix, ...splitPath(path ?? "")]),
            };
        };
    return Array.isArray(parsed)
        ? (parsed as unknown[]).map((value, index) => ({
              value,
              origin: `${file}[${index}]`,
              locate: locateFrom([index]),
          }))
        : [{ value: parsed, origin: file, locate: locateFrom([]) }];
}

function readYaml(text: string, { file }: ManifestOptions): ReadValue[] {
    const lineAt = lineFinder(text);
    // Merge keys (`<<`) are YAML 1.1, which kubectl reads: without them an image could hide behind an anchor.
    const documents = parseAllDocuments(text, { merge: true, prettyErrors: false, logLevel: "silent" });
    if (!Array.isArray(documents)) {
        return [];
    }
    return documents.map((document: Document): ReadValue => {
        const line = lineAt(rangeStart(document.contents) ?? rangeStart(document) ?? 0);
        const origin = documents.length === 1 ? file : `${file}:${line}`;
        const locate = (path: string | undefined): SourceLine => ({
            file,
            line: lineOf(lineAt, document, splitPath(path ?? "")),
        });
        const [error] = document.errors;
        if (error !== undefined) {
            const problem = `${file}:${lineAt(error.pos[0])}: is not YAML: ${firstLine(error.message)}`;
            return { origin, locate, problem };
        }
        try {
            return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown, origin, locate };
        } catch (error) {
            // An anchor that unfolds to too much, or to itself.
            const why = error instanceof Error ? firstLine(error.message) : String(error);
            return { origin, locate, problem: `${origin}: cannot be read: ${why}` };
        }
    });
}

/** The line of the deepest part of a path that is there: a missing image is reported at its container. */
function lineOf(
    lineAt: (offset: number) => number,
    document: Document,
    keys: readonly (string | number)[],
): number {
    let node: unknown = document.contents;
    let offset = rangeStart(node) ?? 0;
    for (const key of keys) {
        if (!isMap(node) && !isSeq(node)) {
            break;
        }
        const pair = isMap(node) ? node.items.find((item) => String(item.key) === String(key)) : undefined;
        node = node.get(key, true);
        const start = rangeStart(pair?.key) ?? rangeStart(node);
        if (start === undefined) {
            break;
        }
        offset = start;
    }
    return lineAt(offset);
}

function rangeStart(node: unknown): number | undefined {
    return (node as { range?: readonly number[] | null } | undefined | null)?.range?.[0];
}

/** A function from an offset in a text to its line, counted from 1. The text is read once, not once for each question. */
function lineFinder(text: string): (offset: number) => number {
    const starts = once(() => {
        const found = [0];
        for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
            found.push(at + 1);
        }
        return found;
    });
    return (offset) => {
        const lines = starts();
        let low = 0;
        let high = lines.length;
        while (high - low > 1) {
            const middle = (low + high) >> 1;
            if ((lines[middle] ?? Infinity) <= offset) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low + 1;
    };
}

function once<T>(make: () => T): () => T {
    let made: { readonly value: T } | undefined;
    return () => (made ??= { value: make() }).value;
}

function firstLine(message: string): string {
    return message.split("\n", 1)[0] ?? message;
}
