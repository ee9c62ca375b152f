import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";

interface Step {
    readonly run?: string;
    readonly if?: string;
    readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
    readonly env: Readonly<Record<string, string>>;
    readonly jobs: Readonly<
        Record<string, { readonly env: Readonly<Record<string, string>>; readonly steps: readonly Step[] }>
    >;
}

/** How a job is run, in the place of a runner. */
export interface JobOptions {
    readonly workflow: string;
    readonly job: string;
    /** The checkout. */
    readonly directory: string;
    /** What stands in `${{ … }}` → its value; one that is missing is an error. */
    readonly expressions: Readonly<Record<string, string>>;
    /** What the runner itself sets, and what stands for the workflow's own `env`. */
    readonly env: Readonly<Record<string, string>>;
    /** Scripts that a machine without clouds leaves out, by how they begin. */
    readonly leaveOut: readonly string[];
}

/** What came of a step. */
export interface StepResult {
    readonly run: string;
    /** `undefined` when it was not run: a step before it had failed. */
    readonly code: number | undefined;
    readonly output: string;
}

/** What came of a job: 1 when a step failed. */
export interface JobResult {
    readonly code: number;
    readonly steps: readonly StepResult[];
}

/** Runs the scripts of a workflow's job one after the other, as its runner would: by `bash -e`, each in a process of its own. */
export async function runJob(options: JobOptions): Promise<JobResult> {
    const workflow = parse(fs.readFileSync(path.join(PACKAGE_ROOT, options.workflow), "utf8")) as Workflow;
    const job = workflow.jobs[options.job];
    if (job === undefined) {
        throw new Error(`${options.workflow} has no job "${options.job}"`);
    }
    const expand = (env: Readonly<Record<string, string>> = {}) =>
        Object.fromEntries(
            Object.entries(env).map(([name, value]) => [
                name,
                replaceExpressions(value, options.expressions),
            ]),
        );
    const steps: StepResult[] = [];
    let failed = false;
    for (const step of job.steps) {
        const { run } = step;
        if (run === undefined || options.leaveOut.some((start) => run.startsWith(start))) {
            continue;
        }
        if (failed && step.if !== "${{ !cancelled() }}") {
            steps.push({ run, code: undefined, output: "" });
            continue;
        }
        const env = { ...expand(workflow.env), ...expand(job.env), ...expand(step.env), ...options.env };
        const result = await runScript(run, options.directory, env);
        failed ||= result.code !== 0;
        steps.push({ run, ...result });
    }
    return { code: failed ? 1 : 0, steps };
}

function replaceExpressions(text: string, expressions: Readonly<Record<string, string>>): string {
    return text.replace(/\$\{\{ (.*?) \}\}/g, (_whole, expression: string) => {
        const value = expressions[expression];
        if (value === undefined) {
            throw new Error(`the test has no value for "\${{ ${expression} }}"`);
        }
        return value;
    });
}

function runScript(
    run: string,
    cwd: string,
    env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly output: string }> {
    return new Promise((resolve, reject) => {
        const child = spawn("bash", ["-e", "-c", run], {
            cwd,
            env: { ...process.env, ...env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        let output = "";
        const add = (text: Buffer) => (output += text.toString());
        child.stdout.on("data", add);
        child.stderr.on("data", add);
        child.once("error", reject);
        child.once("close", (code) => {
            resolve({ code: code ?? 1, output });
        });
    });
}
