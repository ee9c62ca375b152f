import { readRelease } from "./release/readRelease";
import type { PreparedEnvironment } from "./prepareEnvironment";
import { printReport } from "./formatPromotion";
import { formatProblem } from "./problem";
import { promote } from "./promote";
import { type WorldOptions, realWorld } from "./realWorld";
import type { CommandIo } from "../lib/system/commandIo";
import { whoami } from "../lib/system/whoami";
import { assertEnvironments } from "./environment";

/** What `fleet promote` was given. */
export interface PromoteCommandOptions extends WorldOptions {
    readonly release: string;
    readonly env: readonly string[];
    readonly runtime: readonly string[];
    readonly partial?: string;
    readonly breakGlass?: string;
    readonly announceAgain?: boolean;
    readonly by?: string;
    readonly json?: boolean;
}

/** Promotes, prints the report, and returns the exit code: 0 all done, 1 something was refused, failed, or is not proven yet. */
export async function runPromote(options: PromoteCommandOptions, io: CommandIo): Promise<number> {
    const interrupted = io.interruption((signal) => {
        io.err(
            `${signal}: what was begun is finished, and nothing more is begun; once more asks the engine to stop`,
        );
    }, 3);
    const world = realWorld(options, io, interrupted);
    assertEnvironments(world.root, options.env);
    const parsed = readRelease(options.release);
    const report = await promote(
        {
            parsed,
            environments: options.env,
            only: options.runtime.length === 0 ? undefined : options.runtime,
            partial: options.partial,
            breakGlass: options.breakGlass,
            announceAgain: options.announceAgain,
            by: whoami(options.by),
        },
        { ...world, onChecked: sayProblems },
    );
    return printReport(
        report,
        `fleet promote ${report.release ?? options.release}`,
        options.json,
        io,
        interrupted.exitCode(),
    );
}

/** Said before the other environments are changed: an update takes minutes, and what is refused is known now. */
function sayProblems(environments: readonly PreparedEnvironment[]): void {
    if (environments.every(({ problems }) => problems.length > 0)) {
        return; // The report comes at once, and has them.
    }
    for (const { name, problems } of environments) {
        for (const problem of problems) {
            console.error(formatProblem(name, problem));
        }
    }
}
