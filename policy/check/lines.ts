/** A function from an offset in a text to its line, counted from 1. The text is read once, not once for each question. */
export function lineFinder(text: string): (offset: number) => number {
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

/** Makes a value when it is first asked for. */
export function once<T>(make: () => T): () => T {
    let made: { readonly value: T } | undefined;
    return () => (made ??= { value: make() }).value;
}
