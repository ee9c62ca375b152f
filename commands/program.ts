import { Command } from "commander";
import { version } from "../package.json";
import type { CommandIo } from "../lib/system/commandIo";
import { onlyLooking } from "../lib/system/interruption";
import type { Perform } from "./perform";
import { register as registerAdopt } from "./adopt";
import { register as registerCheck } from "./check";
import { register as registerCoverage } from "./coverage";
import { register as registerExceptions } from "./exceptions";
import { register as registerCompletion } from "./completion";
import { register as registerExplain } from "./explain";
import { register as registerInit } from "./init";
import { register as registerPause } from "./pause";
import { register as registerHistory } from "./history";
import { register as registerHold } from "./hold";
import { register as registerOperator } from "./operator";
import { register as registerVeto } from "./veto";
import { register as registerRollback } from "./rollback";
import { register as registerReleaseHold } from "./releaseHold";
import { register as registerMove } from "./move";
import { register as registerSplit } from "./split";
import { register as registerPromote } from "./promote";
import { register as registerRecover } from "./recover";
import { register as registerPreview } from "./preview";
import { register as registerRelease } from "./release";
import { register as registerRender } from "./render";
import { register as registerStale } from "./stale";
import { register as registerRollout } from "./rollout";
import { register as registerSync } from "./sync";
import { register as registerWatch } from "./watch";
import { register as registerUp } from "./up";

/** What each file in `commands/` exports: it declares its command's options. */
type RegisterCommand = (program: Command, perform: Perform) => void;

/** The commands, in the order of `--help`. */
const COMMANDS: readonly RegisterCommand[] = [
    registerStale,
    registerExplain,
    registerWatch,
    registerSync,
    registerPreview,
    registerUp,
    registerRollout,
    registerMove,
    registerSplit,
    registerAdopt,
    registerRender,
    registerOperator,
    registerCheck,
    registerRecover,
    registerRelease,
    registerPromote,
    registerCoverage,
    registerExceptions,
    registerHold,
    registerRollback,
    registerReleaseHold,
    registerVeto,
    registerPause,
    registerHistory,
    registerInit,
    registerCompletion,
];

/**
 * The whole CLI, ready to parse arguments. Wrong usage is thrown as a `CommanderError`, after its text was printed.
 *
 * @param ended is told the exit code of the command that was performed
 */
export function createProgram(io: CommandIo, ended: (exitCode: number) => void): Command {
    const perform: Perform = (load, unchanged) => async (options) => {
        const run = async () => (await load())(options, io);
        ended(await (unchanged === undefined ? run() : onlyLooking(io, unchanged, run)));
    };
    const program = new Command("fleet")
        .description("See which customer orgs run what, and bring them up to date.")
        .version(version);
    // Before the commands are added, which inherit it.
    program.exitOverride();
    for (const register of COMMANDS) {
        register(program, perform);
    }
    return program;
}
