import * as path from "node:path";
import { messageOf } from "../lib/text/mendableError";

/** Lines of the engine's output that say nothing of why it failed. */
const NOISE =
    /^(?:(?:code|stdout|stderr|err\?): *(?:-?\d+|undefined)?|warning: .*|error: update failed|pulumi:pulumi:Stack \(.*\):)$/;

/** What the engine says in words that do not help whoever meets them, or that advise what must not be done. */
const KNOWN_FAILURES: readonly (readonly [sign: RegExp, sentence: string])[] = [
    [
        /spawn pulumi ENOENT|pulumi: (command )?not found/,
        'there is no Pulumi engine on PATH; expected the one of "npm ci"',
    ],
    [
        /Command failed.*: pulumi version|Downloading pulumi v[\s\S]*fetch failed/,
        "there is no Pulumi engine: npm's launcher could not download the official one; expected a network that reaches get.pulumi.com, or " +
            'an engine that "pulumi version" finds',
    ],
    [
        /PULUMI_ACCESS_TOKEN must be set|not logged in|must be logged in/i,
        'the engine is logged in to no backend; expected "npx pulumi login <the backend with your state>", or PULUMI_BACKEND_URL',
    ],
    [
        /passphrase must be set|incorrect passphrase/i,
        "the stack's settings are encrypted with a passphrase, and it is missing or wrong; expected it in PULUMI_CONFIG_PASSPHRASE, or its file in PULUMI_CONFIG_PASSPHRASE_FILE",
    ],
    [
        // The provider would have the objects deleted from the state, which loses track of what goes on running.
        /PULUMI_K8S_DELETE_UNREACHABLE|configured Kubernetes cluster is unreachable/,
        "the stack's cluster cannot be reached; expected a kubeconfig with the stack's context and credentials that are valid now. Delete nothing from the state",
    ],
];

/** What the engine said, in a few lines that name the way out. */
export function describeEngineFailure(error: unknown, project: string, stack: string): string {
    const text = withoutColours(messageOf(error));
    const inProject = `pulumi -C ${path.relative(process.cwd(), path.resolve(project)) || "."}`;
    if (/currently locked by|Another update is currently/i.test(text)) {
        return (
            `another update holds the lock of the stack "${stack}"; run this again when it has finished, ` +
            `or after "${inProject} cancel --stack ${stack}" if it died`
        );
    }
    if (/no stack named/i.test(text)) {
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
    const known = KNOWN_FAILURES.find(([sign]) => sign.test(text));
    if (known !== undefined) {
        return known[1];
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
