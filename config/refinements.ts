import { z } from "zod";

/** A whole number within bounds, both included. */
export function intBetween(min: number, max: number, expected = `expected ${min} to ${max}`): z.ZodInt {
    return z.int(expected).min(min, expected).max(max, expected);
}

/** What `refine` is given where an object has several words for one thing, of which exactly one must be said. */
export function exactlyOneOf<K extends string>(...words: readonly [K, K, ...K[]]) {
    const quoted = words.map((word) => `"${word}"`);
    return [
        (value: { readonly [W in K]?: unknown }): boolean =>
            words.filter((word) => value[word] !== undefined).length === 1,
        `expected exactly one of ${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`,
    ] as const;
}

/** Refuses what Kubernetes takes once in a list, by what tells the entries apart; `undefined` is told apart by nothing. */
export function refuseRepeated(keys: readonly (string | undefined)[], context: z.RefinementCtx): void {
    for (const [index, key] of keys.entries()) {
        if (key !== undefined && keys.indexOf(key) !== index) {
            refuse(context, [index], `"${key}" is in the list before; expected each once`);
        }
    }
}

/** Adds a problem of a part of what is being parsed. */
export function refuse(context: z.RefinementCtx, path: PropertyKey[], message: string): void {
    context.addIssue({ code: "custom", path, message });
}
