import type { Command } from "commander";
import { collect, reason } from "./sourceOptions";

interface ReleaseHoldCommandOptions {
    readonly env: readonly string[];
    readonly runtime?: readonly string[];
    readonly reason?: string;
    readonly by?: string;
    readonly project?: string;
}

/** Declares `fleet release-hold`. Exit code 0 done, also where nothing was held, 2 when a file cannot be read. */
export function register(program: Command): void {
    program
        .command("release-hold")
        .description("end the hold of a rollback, so that the next promotion may move the pin")
        .requiredOption("--env <name>", "an environment; repeatable", collect)
        .option("--runtime <name>", "this runtime only; repeatable", collect)
        .option("--reason <text>", "why", reason)
        .option("--by <name>", "who does this; by default the pipeline's run, or git's user")
        .option("--project <directory>", "the project's root; the working directory by default")
        .action(async ({ env, runtime, reason: why, by, project }: ReleaseHoldCommandOptions) => {
            const { whoami } = await import("../lib/system/whoami");
            const { assertEnvironments, projectRoot } = await import("../pins/environment");
            const { releaseHold } = await import("../pins/releaseHold");
            const root = projectRoot(project);
            assertEnvironments(root, env);
            for (const environment of env) {
                const options = { root, environment, only: runtime, by: whoami(by), reason: why };
                const released = await releaseHold(options, new Date());
                console.log(
                    `${environment}: ${released.length === 0 ? "nothing was held" : `released ${released.join(", ")}`}`,
                );
            }
        });
}
