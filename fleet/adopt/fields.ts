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
