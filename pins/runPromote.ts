import type { CommandIo } from "../lib/system/commandIo";
import { promote } from "./promote";
import { readRelease } from "./release/release";
import { type MoveOptions, runMoves } from "./runMoves";

/** What `fleet promote` was given. */
export interface PromoteOptions extends MoveOptions {
    readonly release: string;
    readonly partial?: string;
    readonly announceAgain?: boolean;
}

/** Promotes a release; exit code and report are those of {@link runMoves}. */
export function runPromote(options: PromoteOptions, io: CommandIo): Promise<number> {
    const parsed = readRelease(options.release);
    const title = `fleet promote ${parsed.release?.release ?? options.release}`;
    return runMoves(options, io, title, (asked, world) => promote({ ...options, ...asked, parsed }, world));
}
