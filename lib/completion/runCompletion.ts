import type { Command } from "commander";
import type { CommandIo } from "../system/commandIo";
import { EXIT_CODES } from "../text/mendableError";
import { type ValuesOf, readTree } from "./completionTree";
import { fishCompletion } from "./fishCompletion";
import { bashCompletion, zshCompletion } from "./posixCompletion";

/** The shells that there is a script for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** For which shell, and of which command line. */
export interface CompletionOptions {
    readonly shell: (typeof SHELLS)[number];
    readonly program: Command;
    readonly valuesOf: ValuesOf;
}

/** Prints the script by which a shell completes the command line. */
export function runCompletion(
    { shell, program, valuesOf }: CompletionOptions,
    io: CommandIo,
): Promise<number> {
    const write = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }[shell];
    io.out(write(readTree(program, valuesOf)));
    return Promise.resolve(EXIT_CODES.done);
}
