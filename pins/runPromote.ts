import type { CommandIo } from "../lib/system/commandIo";
import { MendableError } from "../lib/text/mendableError";
import { promoteOrQueue, promoteQueued } from "./queue";
import { readRelease } from "./release/release";
import { type MoveOptions, runMoves } from "./runMoves";

/** What `fleet promote` was given. */
export interface PromoteOptions extends MoveOptions {
    /** Absent to go on with what is queued. */
    readonly release?: string;
    readonly partial?: string;
    readonly announceAgain?: boolean;
    readonly whenAllowed?: boolean;
}

/** Promotes a release, or what is queued; exit code and report are those of {@link runMoves}, and 3 where a release is queued and waits. */
export function runPromote(options: PromoteOptions, io: CommandIo): Promise<number> {
    const { release: file, partial, announceAgain, whenAllowed = false } = options;
    if (file === undefined) {
        if (!whenAllowed || options.runtime.length > 0 || partial !== undefined) {
            throw new MendableError(
                "expected --release <file>, or --when-allowed and --env alone to go on with what is queued",
            );
        }
        return runMoves(options, io, "fleet promote --when-allowed", promoteQueued);
    }
    const parsed = readRelease(file);
    return runMoves(options, io, `fleet promote ${parsed.release?.release ?? file}`, (asked, world) => {
        return promoteOrQueue({ ...asked, partial, announceAgain, whenAllowed, parsed }, file, world);
    });
}
