/** What the exit code of a fleet command says. */
export const EXIT_CODES = {
    /** Done, and everything is as it should be. */
    done: 0,
    /** Done, and something is not as it should be: a stale agent, a failed update, a refused change. */
    notAsItShouldBe: 1,
    /** Could not be found out or could not be done: wrong usage, no cluster, no engine, unusable input. */
    couldNotTell: 2,
} as const;

/** Something that people can mend: its message is the whole error, without a stack trace. */
export class FleetError extends Error {
    public constructor(
        message: string,
        public readonly exitCode: number = EXIT_CODES.couldNotTell,
        options?: ErrorOptions,
    ) {
        super(message, options);
        this.name = "FleetError";
    }
}
