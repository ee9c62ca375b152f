import type { RunCommand } from "../lib/system/commandIo";

/**
 * Makes a command's action of the function that does its work. The work is loaded when the command is called (`await import(…)`),
 * so that no command waits for the libraries of another.
 */
export type Perform = <Options>(
    load: () => Promise<RunCommand<Options>>,
) => (options: Options) => Promise<void>;
