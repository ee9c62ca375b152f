import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Command, CommanderError, Option } from "commander";
import { type CheckInput, joinInputs } from "../policy/check/checkInput";
import { checkObjects } from "../policy/check/checkObjects";
import { type CheckReport, EXIT_CODES, exitCodeOf } from "../policy/check/checkReport";
import { formatGithub } from "../policy/check/formatGithub";
import { formatJson } from "../policy/check/formatJson";
import { formatSarif } from "../policy/check/formatSarif";
import { formatTable } from "../policy/check/formatTable";
import { readManifests } from "../policy/check/readManifests";
import { MendableError } from "../lib/text/mendableError";
import { readPackConfig } from "../policy/check/readPackConfig";
import { readStack } from "../engine/readStackObjects";
import { readState } from "../policy/check/readState";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";

interface Options {
    readonly stack: string[];
    readonly file: string[];
    readonly state: string[];
    readonly config?: string;
    readonly runtimeImages?: string;
    readonly json?: boolean;
    readonly sarif?: boolean;
    readonly github?: boolean;
}

/** The folder of Pulumi.yaml, wherever the command is run. */

/** The stacks that are checked when nothing else is named. */
const STACKS = ["staging", "prod"];

const program = new Command("npm run policy --")
    .description(
        "Check the images and guards of stacks, manifests or an exported state, with no engine and no cluster.",
    )
    .option(
        "-s, --stack <name>",
        "a stack of this repository, rendered (default: staging and prod)",
        collect,
        [],
    )
    .option(
        "-f, --file <path>",
        "manifests: a file, a directory with all below it, or - for stdin",
        collect,
        [],
    )
    .option("--state <file>", 'what "pulumi stack export" wrote, or - for stdin', collect, [])
    .option("-c, --config <file>", "the policy config (default with --stack: policy/config/<stack>.json)")
    .option("--runtime-images <file>", 'the pins: what "pulumi stack output runtimeImages --json" wrote')
    .addOption(new Option("--json", "write JSON").conflicts(["sarif", "github"]))
    .addOption(new Option("--sarif", "write SARIF 2.1.0 for code scanning").conflicts(["json", "github"]))
    .addOption(new Option("--github", "write annotations for a GitHub workflow").conflicts(["json", "sarif"]))
    .addHelpText("after", "\nExit code: 0 clean, 1 violations of mandatory policies, 2 could not check.")
    .exitOverride();

async function main(): Promise<number> {
    try {
        program.parse();
    } catch (error) {
        if (error instanceof CommanderError) {
            return error.exitCode === 0 ? EXIT_CODES.clean : EXIT_CODES.couldNotCheck;
        }
        throw error;
    }
    const options = program.opts<Options>();
    try {
        const report = await check(options);
        process.stdout.write(format(report, options));
        return exitCodeOf(report);
    } catch (error) {
        if (error instanceof MendableError) {
            console.error(error.message);
            return error.exitCode;
        }
        throw error;
    }
}

async function check(options: Options): Promise<CheckReport> {
    const context = { now: new Date() };
    const reports: CheckReport[] = [];
    const pins = options.runtimeImages === undefined ? undefined : readPins(options.runtimeImages);
    const named = [...options.file.map(readManifests), ...options.state.map(readState)];
    if (named.length > 0) {
        const settings = readPackConfig(options.config, pins);
        reports.push(run(joinInputs(named), settings));
    }
    // Each stack by itself: they share names of namespaces, and each has its own config and pins.
    for (const stack of options.stack.length === 0 && named.length === 0 ? STACKS : options.stack) {
        const { input, runtimeImages } = await readStack(stack, PACKAGE_ROOT, context.now);
        const ownConfig = path.join(PACKAGE_ROOT, "policy/config", `${stack}.json`);
        const config = options.config ?? (existsSync(ownConfig) ? ownConfig : undefined);
        reports.push(run(input, readPackConfig(config, pins ?? runtimeImages)));
    }
    return {
        results: reports.flatMap(({ results }) => results),
        objects: reports.reduce((sum, { objects }) => sum + objects, 0),
        problems: reports.flatMap(({ problems }) => problems),
        notes: reports.flatMap(({ notes }) => notes),
    };

    function run(input: CheckInput, settings: ReturnType<typeof readPackConfig>): CheckReport {
        return {
            results: checkObjects(input, settings, context),
            objects: input.objects.length,
            problems: input.problems,
            notes: input.notes,
        };
    }
}

function readPins(file: string): unknown {
    try {
        return JSON.parse(readFileSync(file, "utf8")) as unknown;
    } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new MendableError(`The pins in "${file}" cannot be read: ${why}`);
    }
}

function format(report: CheckReport, { json, sarif, github }: Options): string {
    if (json === true) {
        return formatJson(report);
    }
    if (sarif === true) {
        return formatSarif(report);
    }
    return github === true ? formatGithub(report) : formatTable(report);
}

function collect(value: string, values: readonly string[]): string[] {
    return [...values, value];
}

// A reader that has seen enough (head, less) closes the pipe: that is no failure of the check.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") {
        throw error;
    }
});

main().then(
    (code) => {
        // Not process.exit: a pipe may not have taken the whole report yet.
        process.exitCode = code;
    },
    (error: unknown) => {
        console.error(error);
        process.exitCode = EXIT_CODES.couldNotCheck;
    },
);
