import { Lexer } from "yaml";

/** More quoted texts that end too far to the left than any manifest has. */
const MAX_REPAIRS = 2_000;

/**
 * Moves the lines of quoted texts to the right that stand too far to the left: YAML wants each line of a quoted text deeper
 * than what holds it, kubectl's parser does not. White space at the beginning of such a line is no part of the text, so the
 * value stays what it is, and so do the numbers of all lines.
 */
export function indentQuotedText(text: string): string {
    let from = 0;
    let repaired = text;
    for (let repairs = 0; repairs < MAX_REPAIRS; repairs++) {
        const start = openQuote(repaired, from);
        const end = start === undefined ? -1 : closingQuote(repaired, start);
        if (start === undefined || end < 0) {
            return repaired;
        }
        const indent = " ".repeat(start - repaired.lastIndexOf("\n", start));
        const quoted = repaired.slice(start, end + 1).replaceAll("\n", `\n${indent}`);
        repaired = repaired.slice(0, start) + quoted + repaired.slice(end + 1);
        from = documentStart(repaired, start);
    }
    return repaired;
}

/** Where the first quoted text begins that the lexer cannot find the end of. */
function openQuote(text: string, from: number): number | undefined {
    let at = from;
    for (const lexeme of new Lexer().lex(text.slice(from))) {
        // Marks between the lexemes: the document's begin, an explicit scalar, the end of a flow collection.
        if (lexeme === "\x02" || lexeme === "\x1f" || lexeme === "\x18") {
            continue;
        }
        const quote = lexeme[0];
        if ((quote === '"' || quote === "'") && closingQuote(lexeme, 0) !== lexeme.length - 1) {
            return at;
        }
        at += lexeme.length;
    }
    return undefined;
}

/** Where a quoted text ends, -1 when it does not. */
function closingQuote(text: string, start: number): number {
    const quote = text[start];
    for (let at = start + 1; at < text.length; at++) {
        if (quote === '"' && text[at] === "\\") {
            at++;
        } else if (text[at] === quote) {
            if (quote === '"' || text[at + 1] !== quote) {
                return at;
            }
            at++;
        }
    }
    return -1;
}

function documentStart(text: string, before: number): number {
    const marker = text.lastIndexOf("\n---", before);
    return marker < 0 ? 0 : marker + 1;
}
