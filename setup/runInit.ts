import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Readable, Writable } from "node:stream";
import { loadNamedStack } from "../config/loadStacks";
import { readStackFile } from "../config/readStackFile";
import { describeEngineFailure } from "../engine/engineFailure";
import { engineEnvironment } from "../engine/engineEnvironment";
import type { CommandIo } from "../lib/system/commandIo";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";
import { runCommand } from "../lib/system/runCommand";
import { EXIT_CODES, MendableError } from "../lib/text/mendableError";
import { printable } from "../lib/text/printable";
import { PLATFORM_DIRECTORY, loadPlatform } from "../platform/loadPlatform";
import { type ResolvedTag, resolveTag } from "../registry/registryClient";
import { askInit } from "./askInit";
import { listExamples } from "./examples";
import { type InitAnswers, type InitPlan, planInit } from "./plan";
import { stackFiles } from "./stackFiles";
import { WORKFLOWS, adaptWorkflow } from "./workflows";

/** The options of `fleet init`. */
export interface InitOptions extends InitAnswers {
    readonly project: string;
    /** Whether the registry is asked for the digests of tags; else the tags themselves are pinned. */
    readonly resolve: boolean;
    readonly replaceExamples?: true;
    /** Make the stacks in the state that the engine is logged in to. */
    readonly createStacks?: true;
}

/** Where a person can be asked. */
export interface Terminal {
    readonly input: Readable & { readonly isTTY?: boolean };
    readonly output: Writable;
}

/**
 * Runs `fleet init`: writes the files of a platform that exists. What is wrong is found before the first file is written, and no
 * file that is there is overwritten.
 *
 * @returns the exit code
 * @throws MendableError with everything that is wrong
 */
export async function runInit(
    options: InitOptions,
    io: CommandIo,
    terminal: Terminal = { input: process.stdin, output: process.stderr },
    ask: typeof resolveTag = resolveTag,
): Promise<number> {
    const { project } = options;
    const isWhole = ([options.environment, options.registry, options.runtime, options.org] as const).every(
        (each) => each !== undefined,
    );
    const answers = terminal.input.isTTY === true && !isWhole ? await askInit(options, terminal) : options;
    const said = planInit(answers);
    const plan = options.resolve ? await resolvePins(said, ask) : said;
    const examples = options.replaceExamples === true ? listExamples(project) : [];
    const files = new Map([...stackFiles(plan), ...workflowFiles(plan, project)]);
    refuseExisting(
        files,
        project,
        options.replaceExamples === true ? [...examples, ...workflowNames(plan)] : [],
    );
    checkFiles(files, plan, project);
    for (const file of examples) {
        fs.rmSync(path.join(project, file));
    }
    for (const [file, text] of files) {
        fs.mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
        fs.writeFileSync(path.join(project, file), text);
    }
    io.out(printable([...files.keys()].map((file) => `written: ${file}`).join("\n")));
    const created = options.createStacks === true ? await createStacks(plan, project) : [];
    io.out(printable(created.map((stack) => `made in the state: ${stack}`).join("\n")));
    io.err(printable(describeNext(plan, created.length > 0)));
    return EXIT_CODES.done;
}

/** Each tag's digest by the registry's word: a pin by digest needs nobody at an update. */
async function resolvePins(plan: InitPlan, ask: typeof resolveTag): Promise<InitPlan> {
    const problems: string[] = [];
    const runtimes = await Promise.all(
        plan.runtimes.map(async (runtime) => {
            const { repository, tag, digest } = runtime;
            if (tag === undefined || digest !== undefined) {
                return runtime;
            }
            const answer: ResolvedTag = await ask(repository, tag);
            if (!answer.ok) {
                problems.push(
                    `--runtime "${runtime.name}": ${answer.trouble}; expected an image that is published, or --no-resolve to pin the tag as it is`,
                );
                return runtime;
            }
            return { ...runtime, digest: answer.digest };
        }),
    );
    if (problems.length > 0) {
        throw new MendableError(problems.join("\n"), { problems });
    }
    return { ...plan, runtimes };
}

function workflowNames({ ci }: InitPlan): readonly string[] {
    return ci === "none" ? [] : WORKFLOWS.map((name) => `.${ci}/workflows/${name}`);
}

/** The committed workflows, for this platform. */
function workflowFiles(plan: InitPlan, project: string): ReadonlyMap<string, string> {
    return new Map(
        workflowNames(plan).map((file) => {
            const own = path.join(project, file);
            const text = fs.readFileSync(fs.existsSync(own) ? own : path.join(PACKAGE_ROOT, file), "utf8");
            return [file, adaptWorkflow(text, plan)];
        }),
    );
}

function refuseExisting(
    files: ReadonlyMap<string, string>,
    project: string,
    replaced: readonly string[],
): void {
    const there = [...files.keys()].filter(
        (file) => !replaced.includes(file) && fs.existsSync(path.join(project, file)),
    );
    if (there.length > 0) {
        const problems = there.map((file) => `${file}: is there already, and nothing is overwritten`);
        throw new MendableError(
            `${problems.join("\n")}\nexpected a project without them, --ci none for workflows of your own, or --replace-examples where they are the examples of this project`,
            { problems },
        );
    }
}

/** Reads the files as the programs will, before any is written. */
function checkFiles(files: ReadonlyMap<string, string>, plan: InitPlan, project: string): void {
    const draft = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-init-"));
    try {
        for (const file of ["Pulumi.yaml", `${PLATFORM_DIRECTORY}/Pulumi.yaml`]) {
            fs.mkdirSync(path.dirname(path.join(draft, file)), { recursive: true });
            fs.copyFileSync(path.join(project, file), path.join(draft, file));
        }
        for (const [file, text] of files) {
            fs.mkdirSync(path.dirname(path.join(draft, file)), { recursive: true });
            fs.writeFileSync(path.join(draft, file), text);
        }
        const problems = plan.environments.flatMap(({ name }) =>
            [
                () => loadPlatform(readStackFile(draft, PLATFORM_DIRECTORY, name), name),
                () => loadNamedStack(draft, name),
            ].flatMap((load) => {
                try {
                    load();
                    return [];
                } catch (error) {
                    if (error instanceof MendableError) {
                        return error.problems;
                    }
                    throw error;
                }
            }),
        );
        if (problems.length > 0) {
            throw new MendableError(`what would be written cannot be used:\n${problems.join("\n")}`, {
                problems,
            });
        }
    } finally {
        fs.rmSync(draft, { recursive: true, force: true });
    }
}

/** Makes the stacks of both projects where there are none. */
async function createStacks({ environments }: InitPlan, project: string): Promise<readonly string[]> {
    const created: string[] = [];
    for (const { name } of environments) {
        for (const directory of [PLATFORM_DIRECTORY, "."]) {
            const { code, stderr } = await runCommand(
                "pulumi",
                ["stack", "init", name, "--non-interactive"],
                {
                    cwd: path.join(project, directory),
                    env: { ...process.env, ...engineEnvironment() },
                    mayFail: true,
                },
            );
            const label = directory === "." ? name : `${PLATFORM_DIRECTORY}/${name}`;
            if (code !== 0 && !/already exists/.test(stderr)) {
                throw new MendableError(
                    `the files are written, and the stack "${label}" was not made: ${describeEngineFailure(stderr, project, name)}`,
                );
            }
            created.push(label);
        }
    }
    return created;
}

function describeNext({ environments }: InitPlan, isCreated: boolean): string {
    const [{ name } = { name: "prod" }] = environments;
    return [
        "Next, for each environment:",
        ...(isCreated
            ? []
            : [`  npx pulumi stack init ${name} --cwd platform`, `  npx pulumi stack init ${name}`]),
        `  npx pulumi up --stack ${name} --cwd platform`,
        `  npx fleet up --stack ${name}`,
    ].join("\n");
}
