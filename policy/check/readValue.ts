import type { SourceLine } from "./checkInput";

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
