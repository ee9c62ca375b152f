import * as fs from "node:fs";
import * as path from "node:path";
import { type Document, LineCounter, type Node, isAlias, isMap, isScalar, isSeq, parseDocument } from "yaml";

/** Where something is written in a file of the checkout. */
export interface Place {
    /** From the project's root. */
    readonly file: string;
    /** Of its key, from 1; absent where the file cannot be read, or does not have it. */
    readonly line?: number;
    /** Its path in the file: `agents[0].env.LOG_LEVEL`. */
    readonly path: string;
}

/** `orgs/prod/acme.yaml:9` */
export function formatPlace({ file, line }: Place): string {
    return line === undefined ? file : `${file}:${line}`;
}

/** The lines on which the files of a checkout say what they say. Each file is read once. */
export class SourceLines {
    private readonly files = new Map<string, ((wanted: string) => number | undefined) | undefined>();

    /** @param root the project's root */
    public constructor(private readonly root: string) {}

    /**
     * The place of a path as describeOrigins and problems have it: `customer-orgs:runtimes.claude-code.probes`. The line is that of
     * the deepest part of the path that the file has. Never throws.
     */
    public place(file: string, wanted: string): Place {
        const find = this.files.has(file) ? this.files.get(file) : this.open(file);
        return { file, line: find?.(wanted), path: wanted };
    }

    private open(file: string): ((wanted: string) => number | undefined) | undefined {
        const find = openLines(path.join(this.root, file));
        this.files.set(file, find);
        return find;
    }
}

function openLines(absolute: string): ((wanted: string) => number | undefined) | undefined {
    let text: string;
    try {
        text = fs.readFileSync(absolute, "utf8");
    } catch {
        return undefined;
    }
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
    // A project's or a stack's settings stand under "config".
    const isSettings = /^Pulumi(\.[^.]+)?\.yaml$/.test(path.basename(absolute));
    const root = isSettings && isMap(document.contents) ? document.get("config", true) : document.contents;
    return (wanted) => {
        const offset = findOffset(document, root as Node | undefined, wanted);
        return offset === undefined ? undefined : lines.linePos(offset).line;
    };
}

/** The offset of the key, or the entry of a list, that a path leads to; of its deepest part that is there. */
function findOffset(document: Document, node: Node | null | undefined, wanted: string): number | undefined {
    const rest = wanted.replace(/^\./, "");
    const here = isAlias(node) ? node.resolve(document) : node;
    if (rest === "") {
        return undefined;
    }
    const index = /^\[(\d+)\]/.exec(rest);
    if (isSeq(here) && index !== null) {
        const item = here.items[Number(index[1])] as Node | undefined;
        return findOffset(document, item, rest.slice(index[0].length)) ?? item?.range?.[0];
    }
    if (!isMap(here)) {
        return undefined;
    }
    // A label's key has dots of its own: the longest key that the path goes on with.
    const [pair] = here.items
        .flatMap(({ key, value }) => {
            const name = isScalar(key) ? String(key.value) : "";
            const goesOn = name !== "" && rest.startsWith(name) && /^([.[]|$)/.test(rest.slice(name.length));
            return goesOn ? [{ name, key: key as Node, value: value as Node | null }] : [];
        })
        .sort((a, b) => b.name.length - a.name.length);
    if (pair === undefined) {
        // Pulumi.yaml declares a setting and has its value below that.
        const value = here.get("value", true) as Node | undefined;
        return value === undefined ? undefined : findOffset(document, value, rest);
    }
    return findOffset(document, pair.value, rest.slice(pair.name.length)) ?? pair.key.range?.[0];
}
