import { isObject } from "../kubernetes/readField";

/**
 * Roughly how many bytes a value has as JSON when everything that is shared is written out: what anchors unfold to. Each
 * shared part is counted once and added as often as it is used, so a bomb costs no more than its text.
 *
 * @returns Infinity for a value that holds itself.
 */
export function unfoldedSize(value: unknown): number {
    const sizes = new Map<object, number>();
    return sizeOf(value, sizes);
}

function sizeOf(value: unknown, sizes: Map<object, number>): number {
    if (!isObject(value)) {
        return typeof value === "string" ? value.length + 3 : 6;
    }
    const known = sizes.get(value);
    if (known !== undefined) {
        return known;
    }
    // Met again before it is done, it holds itself.
    sizes.set(value, Infinity);
    let size = 2;
    for (const [key, member] of Object.entries(value)) {
        size += (Array.isArray(value) ? 1 : key.length + 4) + sizeOf(member, sizes);
    }
    sizes.set(value, size);
    return size;
}
