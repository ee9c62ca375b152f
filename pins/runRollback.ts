import type { CommandIo } from "../lib/system/commandIo";
import { rollback } from "./rollback";
import { type MoveOptions, runMoves } from "./runMoves";

/** What `fleet rollback` was given. */
export interface RollbackOptions extends MoveOptions {
    readonly to?: string;
    readonly reason: string;
}

/** Rolls back; exit code and report are those of {@link runMoves}. */
export function runRollback(options: RollbackOptions, io: CommandIo): Promise<number> {
    const { to, reason } = options;
    return runMoves(options, io, `fleet rollback: ${reason}`, (asked, world) =>
        rollback({ ...asked, to, reason }, world),
    );
}
