/** A stack with the orgs that it is to have. */
export interface SplitPart {
    readonly stack: string;
    /** Its directory of orgs. */
    readonly orgs: string;
    readonly slugs: readonly string[];
}

/**
 * Splits a stack's orgs into as many parts, in alphabetical order and as even as they go: the stack itself keeps the first, and `prod-2` to
 * `prod-20` get the others. The same orgs make the same parts, wherever they are by now. Pure.
 *
 * @param slugs the orgs of all parts
 */
export function planSplit(
    stack: string,
    directory: string,
    slugs: readonly string[],
    into: number,
): readonly SplitPart[] {
    const sorted = [...slugs].sort();
    const start = (part: number) => Math.ceil((part * sorted.length) / into);
    const base = directory.replace(/\/+$/, "");
    return Array.from({ length: into }, (_, part) => ({
        stack: part === 0 ? stack : `${stack}-${part + 1}`,
        orgs: part === 0 ? directory : `${base}-${part + 1}`,
        slugs: sorted.slice(start(part), start(part + 1)),
    }));
}
