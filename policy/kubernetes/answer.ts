import { UNKNOWN, isObject } from "./readField";

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
    return answer(value, (known) => !hasMembers(known));
}

/** Whether a value is an object or list with something in it. */
export function isFilled(value: unknown): Answer {
    return answer(value, hasMembers);
}

function hasMembers(value: unknown): boolean {
    return isObject(value) && Object.keys(value).length > 0;
}
