import * as fs from "node:fs";
import * as path from "node:path";
import type { CommandIo } from "../lib/system/commandIo";
import { type CheckInput, joinInputs } from "../policy/check/checkInput";
import { checkObjects } from "../policy/check/checkObjects";
import { type CheckReport, exitCodeOf } from "../policy/check/checkReport";
import { formatReport } from "../policy/check/formatReport";
import { readManifests } from "../policy/check/readManifests";
import { readPackConfig, readPins } from "../policy/check/readPackConfig";
import { readState } from "../policy/check/readState";
import { readStack } from "./readStackObjects";

/** The options of `fleet check`. */
export interface CheckOptions {
    readonly stack?: readonly string[];
    readonly file?: readonly string[];
    readonly state?: readonly string[];
    readonly config?: string;
    readonly runtimeImages?: string;
    /** The project's root. */
    readonly project: string;
    readonly json?: boolean;
    readonly sarif?: boolean;
    readonly github?: boolean;
}

/** The stacks that are checked when nothing else is named. */
const STACKS = ["staging", "prod"];

/**
 * Checks the images and guards of stacks, manifests or states, with no engine and no cluster.
 *
 * @returns the exit code: 0 clean, 1 violations of mandatory policies, 2 could not check
 * @throws MendableError when config or pins cannot be read
 */
export async function runCheck(options: CheckOptions, io: CommandIo): Promise<number> {
    const { file = [], state = [], stack = [], project } = options;
    const context = { now: io.now() };
    const reports: CheckReport[] = [];
    const check = (input: CheckInput, settings: ReturnType<typeof readPackConfig>) => {
        const { problems, notes, objects } = input;
        const results = checkObjects(input, settings, context);
        reports.push({ results, problems, notes, objects: objects.length });
    };
    const pins = options.runtimeImages === undefined ? undefined : readPins(options.runtimeImages);
    const named = [...file.map(readManifests), ...state.map(readState)];
    if (named.length > 0) {
        check(joinInputs(named), readPackConfig(options.config, pins));
    }
    // Each stack by itself: they share names of namespaces, and each has its own config and pins.
    for (const name of stack.length === 0 && named.length === 0 ? STACKS : stack) {
        const { input, runtimeImages } = await readStack(name, project, context.now);
        const ownConfig = path.join(project, "policy/config", `${name}.json`);
        const config = options.config ?? (fs.existsSync(ownConfig) ? ownConfig : undefined);
        check(input, readPackConfig(config, pins ?? runtimeImages));
    }
    const report = {
        results: reports.flatMap(({ results }) => results),
        objects: reports.reduce((sum, { objects }) => sum + objects, 0),
        problems: reports.flatMap(({ problems }) => problems),
        notes: reports.flatMap(({ notes }) => notes),
    };
    io.out(formatReport(report, options));
    return exitCodeOf(report);
}
