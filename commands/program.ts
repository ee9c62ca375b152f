import { Command } from "commander";
import { version } from "../package.json";
import { register as registerAdopt } from "./adopt";
import { register as registerCoverage } from "./coverage";
import { register as registerHistory } from "./history";
import { register as registerVeto } from "./veto";
import { register as registerRollback } from "./rollback";
import { register as registerReleaseHold } from "./releaseHold";
import { register as registerPromote } from "./promote";
import { register as registerRecover } from "./recover";
import { register as registerPreview } from "./preview";
import { register as registerRelease } from "./release";
import { register as registerRender } from "./render";
import { register as registerStale } from "./stale";
import { register as registerSync } from "./sync";

/** What each file in `commands/` exports: it adds its command to the program. */
export type RegisterCommand = (program: Command) => void;

/**
 * The commands, in the order of `--help`. A command's file only declares its options; its action loads the work
 * (`await import(…)`), so that no command waits for the libraries of another, and sets `process.exitCode` where it is not 0.
 */
const COMMANDS: readonly RegisterCommand[] = [
    registerStale,
    registerSync,
    registerPreview,
    registerAdopt,
    registerRender,
    registerRecover,
    registerRelease,
    registerPromote,
    registerCoverage,
    registerRollback,
    registerReleaseHold,
    registerVeto,
    registerHistory,
];

/** The whole CLI, ready to parse arguments. Wrong usage is thrown as a `CommanderError`, after its text was printed. */
export function createProgram(): Command {
    const program = new Command("fleet")
        .description("See which customer orgs run what, and bring them up to date.")
        .version(version);
    // Before the commands are added, which inherit it.
    program.exitOverride();
    for (const register of COMMANDS) {
        register(program);
    }
    return program;
}
