import { Lexer } from "yaml";

/** More lines that stand too far to the left than any manifest has. */
const MAX_REPAIRS = 2_000;

/** A part of a text whose lines are to be moved to the right. */
interface Fault {
    readonly start: number;
    readonly end: number;
    /** The column that they have to be behind. */
    readonly column: number;
}

/**
 * Moves lines of quoted texts and of lists and maps in brackets to the right that stand too far to the left: YAML wants each
 * of them deeper than what holds it, kubectl's parser does not. White space at the beginning of such a line means nothing,
 * so the value stays what it is, and so do the numbers of all lines.
 */
export function indentFlowText(text: string): string {
    let repaired = text;
    let from = 0;
    for (let repairs = 0; repairs < MAX_REPAIRS; repairs++) {
        const fault = firstFault(repaired, from);
        if (fault === undefined) {
            break;
        }
        const { start, end, column } = fault;
        const moved = repaired.slice(start, end).replaceAll("\n", `\n${" ".repeat(column)}`);
        repaired = repaired.slice(0, start) + moved + repaired.slice(end);
        from = documentStart(repaired, start);
    }
    return repaired;
}

/** Marks that the lexer puts between the parts of a text. */
const DOCUMENT = "\x02";
const FLOW_ERROR = "\x18";
const SCALAR = "\x1f";

function firstFault(text: string, from: number): Fault | undefined {
    let at = from;
    let depth = 0;
    let bracket = 0;
    let isScalar = false;
    for (const lexeme of new Lexer().lex(text.slice(from))) {
        if (lexeme === FLOW_ERROR) {
            return ofLine(text, at, bracket);
        }
        if (lexeme === DOCUMENT || lexeme === SCALAR) {
            isScalar = lexeme === SCALAR;
            continue;
        }
        if (!isScalar) {
            if (
                (lexeme.startsWith('"') || lexeme.startsWith("'")) &&
                closingQuote(lexeme, 0) !== lexeme.length - 1
            ) {
                return ofQuote(text, at);
            }
            if (lexeme === "[" || lexeme === "{") {
                bracket = depth++ === 0 ? at : bracket;
            } else if (lexeme === "]" || lexeme === "}") {
                depth--;
            }
        }
        isScalar = false;
        at += lexeme.length;
    }
    return undefined;
}

/** A quoted text, from its quote to its end; none where it has no end. */
function ofQuote(text: string, start: number): Fault | undefined {
    const end = closingQuote(text, start);
    return end < 0 ? undefined : { start, end, column: columnOf(text, start) };
}

/** The line of an offset, within brackets that were opened somewhere above. */
function ofLine(text: string, at: number, bracket: number): Fault | undefined {
    const start = text.lastIndexOf("\n", at - 1);
    // A new document ends all brackets.
    return /^\n(?:---|\.\.\.)(?:\s|$)/.test(text.slice(start, start + 5))
        ? undefined
        : { start, end: start + 1, column: columnOf(text, bracket) };
}

function columnOf(text: string, at: number): number {
    return at - text.lastIndexOf("\n", at);
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
