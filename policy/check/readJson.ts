import type { ReadValue } from "./checkInput";
import { lineFinder } from "./lines";
import { locator, once, parseDocuments } from "./readYaml";

/**
 * Reads JSON: an object, a list of objects, or several of them one after the other (what `kubectl get -o json` in a loop or
 * `jq` writes). JSON is YAML too, but its own parser is a hundred times faster; lines are found only when they are needed.
 *
 * @returns `undefined` for a text that is no JSON.
 */
export function readJson(text: string, file: string): ReadValue[] | undefined {
    if (!/^\s*[[{]/.test(text)) {
        return undefined;
    }
    const parts = splitStream(text);
    if (parts === undefined) {
        return undefined;
    }
    const lineAt = lineFinder(text);
    return parts.flatMap(({ start, end, parsed }) => {
        const origin = parts.length === 1 ? file : `${file}:${lineAt(start)}`;
        const part = { file, text: text.slice(start, end), start, above: lineAt(start) - 1 };
        const documents = once(() => parseDocuments(part.text));
        const locateFrom = (prefix: readonly number[]) => locator(part, documents, 0, prefix);
        return Array.isArray(parsed)
            ? (parsed as unknown[]).map((value, index) => ({
                  value,
                  origin: `${origin}[${index}]`,
                  locate: locateFrom([index]),
              }))
            : [{ value: parsed, origin, locate: locateFrom([]) }];
    });
}

interface Part {
    readonly start: number;
    readonly end: number;
    readonly parsed: unknown;
}

/** The values of a text, each parsed; `undefined` when a part of it is no JSON. */
function splitStream(text: string): Part[] | undefined {
    const whole = parse(text, 0, text.length);
    if (whole !== undefined) {
        return [whole];
    }
    const parts: Part[] = [];
    // Between two values there may be a YAML document's mark, which kubectl takes too.
    const gap = /(?:\s|^---(?=\s))*/my;
    for (let at = 0; ;) {
        gap.lastIndex = at;
        at += gap.exec(text)?.[0].length ?? 0;
        if (at >= text.length) {
            return parts;
        }
        const end = endOfValue(text, at);
        const part = end === undefined ? undefined : parse(text, at, end);
        if (part === undefined || end === undefined) {
            return undefined;
        }
        parts.push(part);
        at = end;
    }
}

function parse(text: string, start: number, end: number): Part | undefined {
    try {
        return { start, end, parsed: JSON.parse(text.slice(start, end)) as unknown };
    } catch {
        return undefined;
    }
}

/** Where the object or list ends that begins at an offset. */
function endOfValue(text: string, start: number): number | undefined {
    const marks = /"(?:[^"\\]|\\.)*"|[[\]{}]/gsy;
    const skip = /[^"[\]{}]*/gy;
    let depth = 0;
    for (let at = start; at < text.length;) {
        skip.lastIndex = at;
        at += skip.exec(text)?.[0].length ?? 0;
        marks.lastIndex = at;
        const mark = marks.exec(text)?.[0];
        if (mark === undefined) {
            return undefined;
        }
        at += mark.length;
        if (mark === "{" || mark === "[") {
            depth++;
        } else if (mark === "}" || mark === "]") {
            depth--;
            if (depth === 0) {
                return at;
            }
        }
        if (depth === 0) {
            return undefined;
        }
    }
    return undefined;
}
