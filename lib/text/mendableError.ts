/** What the exit code of a fleet command says. */
export const EXIT_CODES = {
    /** Done, and everything is as it should be. */
    done: 0,
    /** Done, and something is not as it should be: a stale agent, a failed update, a refused change. */
    notAsItShouldBe: 1,
    /** Could not be found out or could not be done: wrong usage, no cluster, no engine, unusable input. */
    couldNotTell: 2,
    /** Not done yet, and queued: a later run goes on from there. */
    waits: 3,
} as const;

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/** What else is known of a {@link MendableError}. */
export interface MendableErrorOptions extends ErrorOptions {
    /** What the process ends with where nobody catches it; {@link EXIT_CODES.couldNotTell} by default. */
    readonly exitCode?: number;
    /** One line each, where there are several; the message alone by default. */
    readonly problems?: readonly string[];
}

/**
 * Something that people can mend: its message is the whole error, and is shown without a stack trace. Whoever wants to add
 * where it happened makes a new one with the message; nobody needs a class of their own unless it is caught by its class.
 */
export class MendableError extends Error {
    public readonly exitCode: number;
    public readonly problems: readonly string[];

    public constructor(message: string, { exitCode, problems, ...options }: MendableErrorOptions = {}) {
        super(message, options);
        this.name = new.target.name;
        this.exitCode = exitCode ?? EXIT_CODES.couldNotTell;
        this.problems = problems ?? [message];
    }
}
