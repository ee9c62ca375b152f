/** Names in quotes, one after the other: `"a", "b"`. */
export function quoteNames(names: readonly string[]): string {
    return names.map((name) => quoteValue(name)).join(", ");
}

/** Quotes a foreign value for an error message, on one line and clipped: `"latest"`, `null`, `{"a":1}`, `nothing`. */
export function quoteValue(value: unknown, maxLength = 120): string {
    if (value === undefined) {
        return "nothing";
    }
    // JSON.stringify answers undefined for functions and symbols, whatever its type says.
    const text = (JSON.stringify(value) as string | undefined) ?? typeof value;
    return text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
}
