import * as fs from "node:fs";
import * as path from "node:path";
import { listStacks } from "../config/readStackFile";
import type { CommandIo } from "../lib/system/commandIo";
import { MendableError } from "../lib/text/mendableError";
import { type CheckInput, joinInputs } from "../policy/check/checkInput";
import { checkObjects } from "../policy/check/checkObjects";
import { type CheckReport, exitCodeOf } from "../policy/check/checkReport";
import { formatReport } from "../policy/check/formatReport";
import { readManifests } from "../policy/check/readManifests";
import { readPackConfig, readPins } from "../policy/check/readPackConfig";
import { readState } from "../policy/check/readState";
import { runFix } from "../policy/fix/runFix";
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
    /** Print what writes the registries' digests beside mutable tags of `file`, as a diff. */
    readonly fix?: boolean;
    /** With `fix`: change the files, and check them again. */
    readonly write?: boolean;
}

/**
 * Checks the images and guards of stacks, manifests or states, with no engine and no cluster.
 *
 * @returns the exit code: 0 clean, 1 violations of mandatory policies, 2 could not check
 * @throws MendableError when config or pins cannot be read
 */
export async function runCheck(options: CheckOptions, io: CommandIo): Promise<number> {
    const { file = [], state = [], stack = [], project } = options;
    if (options.write === true && options.fix !== true) {
        throw new MendableError("--write needs --fix");
    }
    if (options.fix === true && (file.length === 0 || file.includes("-"))) {
        throw new MendableError("--fix changes files: name them with -f; standard input is none");
    }
    const context = { now: io.now() };
    const check = (input: CheckInput, settings: ReturnType<typeof readPackConfig>): CheckReport => {
        const { problems, notes, objects } = input;
        const results = checkObjects(input, settings, context);
        return { results, problems, notes, objects: objects.length };
    };
    const pins = options.runtimeImages === undefined ? undefined : readPins(options.runtimeImages);
    const checkNamed = () =>
        check(
            joinInputs([...file.map(readManifests), ...state.map(readState)]),
            readPackConfig(options.config, pins),
        );
    if (options.fix === true) {
        return runFix(checkNamed, options.write === true, io);
    }
    const isNamed = file.length + state.length > 0;
    const reports = isNamed ? [checkNamed()] : [];
    // Each stack by itself: they share names of namespaces, and each has its own config and pins.
    for (const name of stack.length === 0 && !isNamed ? listStacks(project) : stack) {
        const { input, runtimeImages } = await readStack(name, project, context.now);
        const ownConfig = path.join(project, "policy/config", `${name}.json`);
        const config = options.config ?? (fs.existsSync(ownConfig) ? ownConfig : undefined);
        reports.push(check(input, readPackConfig(config, pins ?? runtimeImages)));
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
