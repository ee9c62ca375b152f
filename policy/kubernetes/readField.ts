/** A value that is decided only during the update, or that is encrypted in an exported state. Never an image. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/**
 * The strings that stand for values not known in a preview, one for each type of value.
 * Source: `sdk/go/common/resource/plugin/rpc.go` of pulumi/pulumi (`UnknownBoolValue` … `UnknownObjectValue`).
 */
const UNKNOWN_SENTINELS: ReadonlySet<unknown> = new Set([
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9", // string
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
    "030794c1-ac77-496b-92df-f27374a8bd58", // asset
    "e48ece36-62e2-4504-bad9-02848725956a", // archive
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/**
 * Reads one field of a foreign value. `undefined` where the holder is no object or has no such field; {@link UNKNOWN} where
 * the value is not known yet.
 *
 * Pulumi hands a policy its properties behind a proxy that throws when an unknown value is touched. One throw would end the
 * whole check and hide every container after it, so it is caught here, field by field.
 */
export function readField(holder: unknown, key: string | number): unknown {
    if (holder === UNKNOWN) {
        return UNKNOWN;
    }
    if (!isObject(holder) || !Object.hasOwn(holder, key)) {
        return undefined;
    }
    try {
        const value = (holder as Record<string | number, unknown>)[key];
        return typeof value === "string" && UNKNOWN_SENTINELS.has(value) ? UNKNOWN : value;
    } catch (error) {
        if (isUnknownValueError(error)) {
            return UNKNOWN;
        }
        throw error;
    }
}

/**
 * The members of a list, none of anything else; a list that is not known has one that is not. Not with the list's own methods:
 * behind Pulumi's proxy these stop at the first value that is not known.
 */
export function membersOf(list: unknown): unknown[] {
    return Array.isArray(list)
        ? Array.from({ length: list.length }, (_, index) => readField(list, index))
        : list === UNKNOWN
          ? [UNKNOWN]
          : [];
}

/** Whether a value is an object or a list. */
export function isObject(value: unknown): value is object {
    return typeof value === "object" && value !== null;
}

/** Follows fields one after the other, as {@link readField} does. */
export function readPath(holder: unknown, ...keys: readonly string[]): unknown {
    let value = holder;
    for (const key of keys) {
        value = readField(value, key);
    }
    return value;
}

/** The SDK marks its error as internal and does not export it: it is known by the field that only it has. */
function isUnknownValueError(error: unknown): boolean {
    return error instanceof Error && "unknownTypeSentinel" in error;
}
