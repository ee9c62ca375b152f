import * as fs from "node:fs";
import { interruption } from "./interruption";

/** All that a command has of the world around it, besides its options: whoever calls it decides where it prints and what time it is. */
export interface CommandIo {
    /** Prints the result, on standard output. The last line is ended where it is not; an empty text prints nothing. */
    readonly out: (text: string) => void;
    /** Prints what people only watch, on standard error, in the same way. */
    readonly err: (text: string) => void;
    /** Passes on what a program prints, as it comes, to standard error. */
    readonly pass: (text: string) => void;
    /** Adds Markdown to the workflow's summary, where there is one. */
    readonly summarize: (markdown: string) => void;
    readonly now: () => Date;
    readonly env: NodeJS.ProcessEnv;
    /** Takes over the signals of a command that must not be cut off; a command that does not ask ends by them at once. */
    readonly interruption: typeof interruption;
}

/** A command: it returns its exit code, and throws what it could not do. */
export type RunCommand<Options> = (options: Options, io: CommandIo) => Promise<number>;

/**
 * The streams, time and signals of this process. Whoever reads a stream may stop before its end ("… 2>&1 | head"): what is being
 * done goes on, and its output is dropped.
 */
export function processIo(): CommandIo {
    for (const stream of [process.stdout, process.stderr]) {
        stream.on("error", (error: NodeJS.ErrnoException) => {
            if (error.code !== "EPIPE") {
                throw error;
            }
        });
    }
    return {
        out: (text) => process.stdout.write(endLine(text)),
        err: (text) => process.stderr.write(endLine(text)),
        pass: (text) => process.stderr.write(text),
        summarize: (markdown) => {
            const file = process.env["GITHUB_STEP_SUMMARY"] ?? "";
            if (file !== "") {
                fs.appendFileSync(file, markdown);
            }
        },
        now: () => new Date(),
        env: process.env,
        interruption,
    };
}

function endLine(text: string): string {
    return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
