import { printReport } from "./formatPromotion";
import { type WorldOptions, interruption, realWorld } from "./realWorld";
import { rollback } from "./rollback";
import { whoami } from "../lib/system/whoami";
import { assertEnvironments } from "./environment";

/** What `fleet rollback` was given. */
export interface RollbackCommandOptions extends WorldOptions {
    readonly env: readonly string[];
    readonly runtime: readonly string[];
    readonly to?: string;
    readonly reason: string;
    readonly by?: string;
    readonly json?: boolean;
}

/** Rolls back, prints the report, and sets the exit code: 0 all done, 1 something was refused or failed. */
export async function rollbackCommand(options: RollbackCommandOptions): Promise<void> {
    const world = realWorld(options, interruption());
    assertEnvironments(world.root, options.env);
    const report = await rollback(
        {
            environments: options.env,
            only: options.runtime.length === 0 ? undefined : options.runtime,
            to: options.to,
            reason: options.reason,
            by: whoami(options.by),
        },
        world,
    );
    printReport(report, `fleet rollback: ${options.reason}`, options.json);
}
