import { printReport } from "./formatPromotion";
import { type WorldOptions, realWorld } from "./realWorld";
import type { CommandIo } from "../lib/system/commandIo";
import { rollback } from "./rollback";
import { whoami } from "../lib/system/whoami";
import { assertEnvironments } from "./environment";

/** What `fleet rollback` was given. */
export interface RollbackCommandOptions extends WorldOptions {
    readonly env: readonly string[];
    readonly runtime: readonly string[];
    readonly to?: string;
    readonly reason: string;
    readonly breakGlass?: string;
    readonly by?: string;
    readonly json?: boolean;
}

/** Rolls back, prints the report, and returns the exit code: 0 all done, 1 something was refused, failed, or is not proven yet. */
export async function runRollback(options: RollbackCommandOptions, io: CommandIo): Promise<number> {
    const interrupted = io.interruption((signal) => {
        io.err(
            `${signal}: what was begun is finished, and nothing more is begun; once more asks the engine to stop`,
        );
    }, 3);
    const world = realWorld(options, io, interrupted);
    assertEnvironments(world.root, options.env);
    const report = await rollback(
        {
            environments: options.env,
            only: options.runtime.length === 0 ? undefined : options.runtime,
            to: options.to,
            reason: options.reason,
            breakGlass: options.breakGlass,
            by: whoami(options.by),
        },
        world,
    );
    return printReport(report, `fleet rollback: ${options.reason}`, options.json, io, interrupted.exitCode());
}
