import type { CheckedObject } from "../kubernetes/checkedObject";

/** Where something stands in a file. Both count from 1. */
export interface SourceLine {
    readonly file: string;
    readonly line: number;
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
