import { LineCounter } from "yaml";

/** A function from an offset in a text to its line, counted from 1. The text is read once, when it is first asked. */
export function lineFinder(text: string): (offset: number) => number {
    let counter: LineCounter | undefined;
    return (offset) => {
        counter ??= countLines(text);
        return counter.linePos(offset).line;
    };
}

function countLines(text: string): LineCounter {
    const counter = new LineCounter();
    for (let start = 0; start >= 0; start = text.indexOf("\n", start) + 1 || -1) {
        counter.addNewLine(start);
    }
    return counter;
}
