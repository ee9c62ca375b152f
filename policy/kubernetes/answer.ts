import { UNKNOWN, readField } from "./readField";

/** Whether something holds of an object; `unknown` when that is decided only during the update. */
export type Answer = "yes" | "no" | "unknown";

/** The answer to a question about one value. */
export function answer(value: unknown, holds: (value: unknown) => boolean): Answer {
    return value === UNKNOWN ? "unknown" : holds(value) ? "yes" : "no";
}

/** Whether all of several things hold: one that does not settles it. */
export function allOf(answers: readonly Answer[]): Answer {
    return answers.includes("no") ? "no" : answers.includes("unknown") ? "unknown" : "yes";
}

/** Whether any of several things holds: one that does settles it. */
export function anyOf(answers: readonly Answer[]): Answer {
    return answers.includes("yes") ? "yes" : answers.includes("unknown") ? "unknown" : "no";
}

/** Whether a value is absent, or an object or list with nothing in it. */
export function isEmpty(value: unknown): Answer {
    return answer(
        value,
        (known) => typeof known !== "object" || known === null || Object.keys(known).length === 0,
    );
}

/** Whether a value is an object or list with something in it. */
export function isFilled(value: unknown): Answer {
    return answer(
        value,
        (known) => typeof known === "object" && known !== null && Object.keys(known).length > 0,
    );
}

/** Not with the list's own methods: behind Pulumi's proxy these stop at the first value that is not known. */
export function membersOf(list: unknown): unknown[] {
    if (list === UNKNOWN) {
        return [UNKNOWN];
    }
    return Array.isArray(list)
        ? Array.from({ length: list.length }, (_, index) => readField(list, index))
        : [];
}
