/** Thrown where a text is not plain, and left to the library. */
export const NOT_PLAIN = new Error("not plain YAML");

export function notPlain(): never {
    throw NOT_PLAIN;
}

/** Deeper than any manifest is. */
export const MAX_DEPTH = 60;

/** Words that mean something else than themselves, as keys and as values. */
const WORDS: ReadonlyMap<string, boolean | null> = new Map([
    ["null", null],
    ["Null", null],
    ["NULL", null],
    ["true", true],
    ["True", true],
    ["TRUE", true],
    ["false", false],
    ["False", false],
    ["FALSE", false],
]);

/** A number that everybody writes and reads alike. */
const NUMBER = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?$/;

/** Text that is nothing but text: it begins with a letter, like an option, a path, or is a quantity, a version or an address. */
const TEXT =
    /^(?:[A-Za-z_/$(^;]|--?[A-Za-z]|\.\.?\/|[0-9]+(?:\.[0-9]+){2,}(?:[/:-]|$)|[0-9][0-9.]*(?:[g-mp-wyzG-MP-WYZ]|[:-][0-9]))/;

/** What would end a text or begin something else in the midst of it. */
const DOUBT = /: |:$|[\t\r]| #/;

/** Reads what stands on one line: a scalar, a list or a map in brackets, with nothing but a comment behind it. */
export function readLineValue(text: string): unknown {
    return new LineReader(text).whole();
}

class LineReader {
    private at = 0;

    constructor(private readonly text: string) {}

    whole(): unknown {
        const isPlain = !/^["'[{]/.test(this.text);
        const value = isPlain ? plainScalar(this.take(/^(?:(?! #).)*/y)) : this.value(0);
        return /^ *(?: #.*)?$/.test(this.text.slice(this.at)) ? value : notPlain();
    }

    private value(depth: number): unknown {
        switch (this.text[this.at]) {
            case '"':
                return this.take(/"[^"\\]*"/y).slice(1, -1);
            case "'":
                return this.take(/'(?:[^']|'')*'/y)
                    .slice(1, -1)
                    .replaceAll("''", "'");
            case "[":
                return this.members("]", depth, () => this.value(depth + 1));
            case "{":
                return Object.fromEntries(
                    this.members("}", depth, () => {
                        const key = this.take(/(?:[A-Za-z_][A-Za-z0-9_./-]*|"[^"\\]+"): +/y).replace(
                            /: +$/,
                            "",
                        );
                        return [keyOf(key), this.value(depth + 1)] as const;
                    }),
                );
            default:
                return plainScalar(this.take(/[^,[\]{}#"']+/y));
        }
    }

    private members<T>(end: string, depth: number, member: () => T): T[] {
        const members: T[] = [];
        this.at++;
        this.take(/ */y);
        while (this.text[this.at] !== end) {
            members.push(depth < MAX_DEPTH ? member() : notPlain());
            this.take(/ */y);
            if (this.text[this.at] !== end) {
                this.take(/, */y);
            }
        }
        this.at++;
        return members;
    }

    private take(pattern: RegExp): string {
        pattern.lastIndex = this.at;
        const [taken] = pattern.exec(this.text) ?? notPlain();
        this.at += taken.length;
        return taken;
    }
}

function plainScalar(written: string): unknown {
    const text = written.replace(/ +$/, "");
    const word = WORDS.get(text);
    if (word !== undefined) {
        return word;
    }
    if (NUMBER.test(text)) {
        return Number(text);
    }
    return TEXT.test(text) && !DOUBT.test(text) ? text : notPlain();
}

/** A key without its quotes. */
export function keyOf(written: string): string {
    const key = /^["']/.test(written) ? written.slice(1, -1) : written;
    return WORDS.has(written) || key === "__proto__" ? notPlain() : key;
}
