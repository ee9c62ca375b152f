import { Command } from "commander";
import type { CommandIo } from "../../lib/system/commandIo";
import { checkObjects } from "../check/checkObjects";
import { joinInputs } from "../check/checkInput";
import { type CheckReport, exitCodeOf } from "../check/checkReport";
import { formatReport } from "../check/formatReport";
import { readManifests } from "../check/readManifests";
import { readPackConfig, readPins } from "../check/readPackConfig";
import { readState } from "../check/readState";
import { addReportOptions } from "./reportOptions";

interface Options {
    readonly file: readonly string[];
    readonly state: readonly string[];
    readonly config?: string;
    readonly runtimeImages?: string;
    readonly json?: boolean;
    readonly sarif?: boolean;
    readonly github?: boolean;
    readonly fix?: boolean;
    readonly write?: boolean;
}

/**
 * The checker for people without this repository: manifests and exported states, no stacks. Same options, output and exit
 * codes as `fleet check`.
 *
 * @param done Told the exit code.
 * @throws MendableError when config or pins cannot be read
 */
export function createChecker(version: string, io: CommandIo, done: (exitCode: number) => void): Command {
    const collect = (value: string, values: readonly string[]) => [...values, value];
    const command = new Command("image-policy")
        .description("Check the images and guards of Kubernetes manifests, with no engine and no cluster.")
        .version(version)
        .argument("[path...]", "manifests: files, directories with all below them, or - for stdin")
        .option("-f, --file <path>", "the same as an option", collect, [])
        .option("--state <file>", 'what "pulumi stack export" wrote, or - for stdin', collect, [])
        .option("-c, --config <file>", "the policy config");
    return addReportOptions(command, ["state"])
        .exitOverride()
        .action(async (paths: string[], options: Options, command: Command) => {
            const files = [...paths, ...options.file];
            if (files.length + options.state.length === 0) {
                command.error("error: nothing to check: name manifests, a directory, - or --state");
            }
            if (options.write === true && options.fix !== true) {
                command.error("error: --write needs --fix");
            }
            if (options.fix === true && files.includes("-")) {
                command.error("error: --fix changes files, and standard input is none");
            }
            done(await run(files, options, io));
        });
}

async function run(files: readonly string[], options: Options, io: CommandIo): Promise<number> {
    const { state, config, runtimeImages, fix, write } = options;
    const pins = runtimeImages === undefined ? undefined : readPins(runtimeImages);
    const settings = readPackConfig(config, pins);
    const check = (): CheckReport => {
        const input = joinInputs([...files.map(readManifests), ...state.map(readState)]);
        const { objects, problems, notes } = input;
        const results = checkObjects(input, settings, { now: io.now() });
        return { results, objects: objects.length, problems, notes };
    };
    if (fix === true) {
        // Loaded when needed: all else asks nobody for anything.
        const { runFix } = await import("../fix/runFix");
        return runFix(check, write === true, io);
    }
    const report = check();
    io.out(formatReport(report, options));
    return exitCodeOf(report);
}
