import { Command, Option } from "commander";
import { checkObjects } from "../check/checkObjects";
import { joinInputs } from "../check/checkInput";
import { exitCodeOf } from "../check/checkReport";
import { formatReport } from "../check/formatReport";
import { readManifests } from "../check/readManifests";
import { readPackConfig, readPins } from "../check/readPackConfig";
import { readState } from "../check/readState";

interface Options {
    readonly file: readonly string[];
    readonly state: readonly string[];
    readonly config?: string;
    readonly runtimeImages?: string;
    readonly json?: boolean;
    readonly sarif?: boolean;
    readonly github?: boolean;
}

/** What a run of the checker says and ends with. */
export interface Outcome {
    readonly output: string;
    readonly exitCode: number;
}

/**
 * The checker for people without this repository: manifests and exported states, no stacks. Same options, output and exit
 * codes as `fleet check`.
 *
 * @param paths Manifests named without an option, as a commit hook names them.
 * @throws MendableError when config or pins cannot be read
 */
export function createChecker(version: string, done: (outcome: Outcome) => void): Command {
    const collect = (value: string, values: readonly string[]) => [...values, value];
    return new Command("image-policy")
        .description("Check the images and guards of Kubernetes manifests, with no engine and no cluster.")
        .version(version)
        .argument("[path...]", "manifests: files, directories with all below them, or - for stdin")
        .option("-f, --file <path>", "the same as an option", collect, [])
        .option("--state <file>", 'what "pulumi stack export" wrote, or - for stdin', collect, [])
        .option("-c, --config <file>", "the policy config")
        .option("--runtime-images <file>", 'the pins: what "pulumi stack output runtimeImages --json" wrote')
        .addOption(new Option("--json", "write JSON").conflicts(["sarif", "github"]))
        .addOption(new Option("--sarif", "write SARIF 2.1.0 for code scanning").conflicts(["json", "github"]))
        .addOption(
            new Option("--github", "write annotations for a GitHub workflow").conflicts(["json", "sarif"]),
        )
        .addHelpText("after", "\nExit code: 0 clean, 1 violations of mandatory policies, 2 could not check.")
        .exitOverride()
        .action((paths: string[], options: Options, command: Command) => {
            if (paths.length + options.file.length + options.state.length === 0) {
                command.error("error: nothing to check: name manifests, a directory, - or --state");
            }
            done(check(paths, options));
        });
}

function check(paths: readonly string[], options: Options): Outcome {
    const { file, state, config, runtimeImages } = options;
    const pins = runtimeImages === undefined ? undefined : readPins(runtimeImages);
    const settings = readPackConfig(config, pins);
    const input = joinInputs([...[...paths, ...file].map(readManifests), ...state.map(readState)]);
    const report = {
        results: checkObjects(input, settings, { now: new Date() }),
        objects: input.objects.length,
        problems: input.problems,
        notes: input.notes,
    };
    return { output: formatReport(report, options), exitCode: exitCodeOf(report) };
}
