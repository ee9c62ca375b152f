import type { RunCommand } from "../lib/system/commandIo";

/**
 * Makes a command's action of the function that does its work. The work is loaded when the command is called (`await import(…)`),
 * so that no command waits for the libraries of another.
 *
 * @param unchanged what a signal leaves, of a command that only looks and is ended by it at once: `nothing was changed`. A command that
 * changes something sees to signals itself.
 */
export type Perform = <Options>(
    load: () => Promise<RunCommand<Options>>,
    unchanged?: string,
) => (options: Options) => Promise<void>;
