/** A foreign object's fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of whatever was sent; none of what has none. */
export function fieldsOf(value: unknown): Fields {
    return typeof value === "object" && value !== null ? (value as Fields) : {};
}

/** The objects of a list; none where there is no list. */
export function listOf(value: unknown): readonly Fields[] {
    return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** Some of an object's fields, those that say something. */
export function pick(from: Fields, words: readonly string[]): Fields {
    return Object.fromEntries(words.flatMap((word) => (isNothing(from[word]) ? [] : [[word, from[word]]])));
}

/** Fields without those that have exactly these values. */
export function without(from: Fields, values: Fields): Fields {
    return Object.fromEntries(
        Object.entries(from).filter(([key, value]) => !Object.hasOwn(values, key) || values[key] !== value),
    );
}

/** What an API server leaves out or sends empty. */
export function isNothing(value: unknown): boolean {
    return (
        value === undefined ||
        value === null ||
        (typeof value === "object" && Object.keys(value).length === 0)
    );
}
