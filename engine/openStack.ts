import * as path from "node:path";
import { LocalWorkspace, type Stack, StackNotFoundError } from "@pulumi/pulumi/automation";
import { MendableError } from "../lib/text/mendableError";
import { engineEnvironment } from "./engineEnvironment";

/**
 * Opens a stack of a project on the backend that the engine is logged in to, through the Automation API.
 *
 * @param project the directory with Pulumi.yaml
 * @param env environment of the engine, besides the process's own
 * @throws MendableError when there is no engine or no such stack, or its state cannot be read
 */
export async function openStack(
    project: string,
    stack: string,
    env: Readonly<Record<string, string>> = {},
): Promise<Stack> {
    try {
        return await LocalWorkspace.selectStack(
            { stackName: stack, workDir: path.resolve(project) },
            {
                envVars: {
                    ...engineEnvironment(),
                    PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
                    ...env,
                },
            },
        );
    } catch (error) {
        throw new MendableError(describeEngineFailure(error, project, stack), { cause: error });
    }
}

/** Lines of the engine's output that say nothing of why it failed. */
const NOISE =
    /^(?:(?:code|stdout|stderr|err\?): *(?:-?\d+|undefined)?|warning: .*|error: update failed|pulumi:pulumi:Stack \(.*\):)$/;

/** What the engine said, in a few lines that name the way out. */
export function describeEngineFailure(error: unknown, project: string, stack: string): string {
    const text = withoutColours(error instanceof Error ? error.message : String(error));
    const inProject = `pulumi -C ${path.relative(process.cwd(), path.resolve(project)) || "."}`;
    if (/currently locked by|Another update is currently/i.test(text)) {
        return (
            `another update holds the lock of the stack "${stack}"; run this again when it has finished, ` +
            `or after "${inProject} cancel --stack ${stack}" if it died`
        );
    }
    if (error instanceof StackNotFoundError || /no stack named/i.test(text)) {
        return (
            `the backend has no stack "${stack}" of the project in "${project}"; expected one: ` +
            `"${inProject} stack init ${stack}", or another backend ("pulumi login", PULUMI_BACKEND_URL)`
        );
    }
    if (/failed to load checkpoint/.test(text)) {
        return (
            `the state of the stack "${stack}" cannot be read: the engine was killed while it wrote the attributes beside it. ` +
            `Where <backend>/.pulumi/stacks/<project>/${stack}.json.attrs is empty, delete that file; a backend ` +
            'of "file://…?metadata=skip" has none'
        );
    }
    if (/spawn pulumi ENOENT|pulumi: (command )?not found/.test(text)) {
        return 'there is no Pulumi engine on PATH; expected the one of "npm ci"';
    }
    // The diagnostics hold what the program or the cluster said, and the lines of the CLI its own errors; the rest is the
    // list of resources, and the same once more.
    const diagnostics =
        /Diagnostics:\n([\s\S]*?)(?:\n(?:Policies|Outputs|Resources|Duration):|\n\s*err\?:|$)/.exec(
            text,
        )?.[1];
    const errors = text.match(/^.*\berror: .*$/gm);
    const lines = [...new Set((diagnostics ?? errors?.join("\n") ?? text).split("\n"))]
        .map((line) => line.trim())
        .filter((line) => line !== "" && !NOISE.test(line));
    const clipped = lines.slice(0, 12).join("\n");
    return clipped.length > 2000 ? `${clipped.slice(0, 1997)}...` : clipped;
}

/** Without the engine's colour directives (`<{%reset%}>`) and terminal colours. */
export function withoutColours(text: string): string {
    return (
        text
            .replace(/<\{%[a-z ]*%\}>/g, "")
            // eslint-disable-next-line no-control-regex
            .replace(/\u001b\[[0-9;]*m/g, "")
            .trim()
    );
}
