import * as pulumi from "@pulumi/pulumi";
import type { RawConfig } from "../config/readProjectConfig";
import { type LiveWorldOptions, liveWorld } from "../proof/liveWorld";
import type { RolloutWorld } from "../proof/rolloutWorld";
import { MendableError } from "../lib/text/mendableError";

/** Everything that a program reads from around it. */
export interface ProgramContext {
    /** The stack's settings, of all projects. */
    readonly settings: RawConfig;
    readonly stackName: string;
    /** The project's root, against which paths in the settings are resolved. */
    readonly root: string;
    /** The moment at which overrides are judged. */
    readonly now: Date;
    /** How the cluster's agents are looked at; absent where the program is only rendered. */
    readonly look?: (where: LiveWorldOptions) => RolloutWorld;
}

/** What the engine says, when it runs a program. */
export function engineContext(): ProgramContext {
    return {
        settings: pulumi.runtime.allConfig(),
        stackName: pulumi.getStack(),
        root: process.cwd(),
        now: new Date(),
        look: liveWorld,
    };
}

/**
 * Runs a program and shows the errors that people can mend as their text alone. Whatever else is thrown is a fault of the
 * program itself, and keeps its stack trace.
 */
export async function runProgram<T>(program: () => Promise<T>): Promise<T> {
    const restore = spareStackTraces();
    try {
        return await program();
    } catch (error) {
        throw error instanceof MendableError ? new pulumi.RunError(error.message) : error;
    } finally {
        restore();
    }
}

/**
 * Has no trace written of an error without a message, which is what the SDK makes for each resource and promise to have one: a fifth of
 * a preview is the mapping of these to sources. Real errors keep theirs, and so do all where somebody looks for promises that leak.
 *
 * @returns puts back what was
 */
function spareStackTraces(): () => void {
    const traces: Traces = Error;
    const { prepareStackTrace } = traces;
    if (prepareStackTrace === undefined || process.env["PULUMI_DEBUG_PROMISE_LEAKS"] !== undefined) {
        return () => undefined;
    }
    traces.prepareStackTrace = (error, frames) =>
        error.message === "" ? "Error" : prepareStackTrace(error, frames);
    return () => {
        traces.prepareStackTrace = prepareStackTrace;
    };
}

/** How V8 is told to write traces: https://v8.dev/docs/stack-trace-api */
interface Traces {
    prepareStackTrace?: (error: Error, frames: NodeJS.CallSite[]) => unknown;
}
