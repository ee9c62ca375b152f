/** Prints the story: a heading and the command of each step, what was checked, and the time that it took. */
export class StoryTeller {
    private step = 0;
    private readonly began = Date.now();

    public constructor(private readonly write: (line: string) => void) {}

    /**
     * Tells one step.
     *
     * @param title what happens
     * @param command what a user would type
     * @param body does it; each claim that it has checked against the API server is handed to `checked`
     */
    public async tell<T>(title: string, command: string, body: (checked: Check) => Promise<T>): Promise<T> {
        this.step += 1;
        this.write("");
        this.write(`(${this.step}) ${title}`);
        this.write(`    $ ${command}`);
        const began = Date.now();
        const result = await body((claim, holds, seen) => {
            if (!holds) {
                throw new ClaimError(claim, seen);
            }
            this.write(`    ✓ ${claim}`);
        });
        this.write(`    ${seconds(Date.now() - began)}`);
        return result;
    }

    /** Prints lines as they are, set in a little. */
    public show(text: string): void {
        for (const line of text.split("\n")) {
            this.write(`    ${line}`);
        }
    }

    /** Ends the story. */
    public end(line: string): void {
        this.write("");
        this.write(`${line} (${seconds(Date.now() - this.began)})`);
    }
}

/** Says that a claim was checked, or ends the story when it does not hold. */
export type Check = (claim: string, holds: boolean, seen: unknown) => void;

/** A claim of the story that the API server does not bear out. */
class ClaimError extends Error {
    public constructor(claim: string, seen: unknown) {
        super(`not so: ${claim}\n      seen: ${JSON.stringify(seen)}`);
        this.name = "ClaimError";
    }
}

function seconds(milliseconds: number): string {
    return `${(milliseconds / 1000).toFixed(1)} s`;
}
