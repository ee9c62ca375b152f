import type { Command } from "commander";
import { collect } from "./sourceOptions";

interface HistoryCommandOptions {
    readonly env?: readonly string[];
    readonly runtime?: readonly string[];
    readonly project?: string;
    readonly json?: boolean;
}

/** Declares `fleet history`. Exit code 0, or 2 when a file cannot be read. */
export function register(program: Command): void {
    program
        .command("history")
        .description("who moved which pin when, why, and with what evidence")
        .option("--env <name>", "an environment; repeatable; all when left out", collect)
        .option("--runtime <name>", "this runtime only; repeatable", collect)
        .option("--project <directory>", "the project's root; the working directory by default")
        .option("--json", "print JSON")
        .action(async ({ env, runtime, project, json }: HistoryCommandOptions) => {
            const { assertEnvironments, listEnvironments, projectRoot } = await import("../pins/environment");
            const { formatHistory, readHistory } = await import("../pins/history");
            const root = projectRoot(project);
            assertEnvironments(root, env ?? []);
            const history = readHistory(root, env ?? listEnvironments(root), runtime);
            console.log(json === true ? JSON.stringify(history, undefined, 2) : formatHistory(history));
        });
}
