import type { CheckedObject } from "../kubernetes/checkedObject";

/** Where something stands in a file. */
export interface SourceLine {
    readonly file: string;
    /** Counted from 1. */
    readonly line: number;
    /** Where its text begins and ends, as offsets in the file's; absent where it is no scalar of its own. */
    readonly range?: readonly [start: number, end: number];
}

/** An object to check, and how to say where it is. */
export interface InputObject {
    readonly object: CheckedObject;
    /** For a person: a file, a URN, or the stack that it was rendered from. */
    readonly origin: string;
    /** The line of a path within the object, where it was read from a text; found only when asked for. */
    readonly locate?: (path: string | undefined) => SourceLine;
}

/** A resource that is no Kubernetes object, but that a rule may have something to say about: a Helm release. */
export interface InputResource {
    readonly type: string;
    readonly props: object;
    readonly name: string;
    readonly origin: string;
}

/** Everything of one run. */
export interface CheckInput {
    readonly objects: readonly InputObject[];
    readonly resources: readonly InputResource[];
    /** What could not be read, one line each: it was not checked, so the run is not clean. */
    readonly problems: readonly string[];
    /** What was left out on purpose, one line each. */
    readonly notes: readonly string[];
}

/** Several inputs as one. */
export function joinInputs(inputs: readonly CheckInput[]): CheckInput {
    return {
        objects: inputs.flatMap(({ objects }) => objects),
        resources: inputs.flatMap(({ resources }) => resources),
        problems: inputs.flatMap(({ problems }) => problems),
        notes: inputs.flatMap(({ notes }) => notes),
    };
}

/** An input of which nothing could be read. */
export function notChecked(...problems: readonly string[]): CheckInput {
    return { objects: [], resources: [], problems, notes: [] };
}

/** One document of a text: its value, or what is wrong with it. */
export interface ReadValue {
    readonly value?: unknown;
    /** What to call it: the file, with the line where there are several. */
    readonly origin: string;
    /** The line of a path within the value; found only when asked for. */
    readonly locate: (path: string | undefined) => SourceLine;
    /** Why it could not be read. */
    readonly problem?: string;
}

/**
 * What a file is for when its objects are not created as they stand: a patch is laid over an object that is whole elsewhere;
 * what is aside (a generator's settings, a ConfigMap's content, a test's expectation) is never created.
 */
export type FileRole = { readonly kind: "patch" } | { readonly kind: "aside"; readonly why: string };
