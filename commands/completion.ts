import { Argument, type Command } from "commander";
import type { ValuesOf, Values } from "../lib/completion/completionTree";
import { type CompletionOptions, SHELLS } from "../lib/completion/runCompletion";
import type { Perform } from "./perform";

/** What there is below a project's root, by the option or the argument that takes it. */
const NAMES: Readonly<Record<string, Values>> = {
    stack: { kind: "names", pattern: "Pulumi.*.yaml", prefix: "Pulumi.", suffix: ".yaml" },
    environment: { kind: "names", pattern: "platform/Pulumi.*.yaml", prefix: "Pulumi.", suffix: ".yaml" },
    org: { kind: "names", pattern: "orgs/*/*.yaml", prefix: "", suffix: ".yaml" },
};
const OF_FLAG: Readonly<Record<string, string>> = {
    "--stack": "stack",
    "--ring": "stack",
    "--env": "environment",
    "--org": "org",
};

const valuesOf: ValuesOf = ({ flag = "", valueName }) => {
    const kind = OF_FLAG[flag] ?? (valueName.startsWith("org") ? "org" : "");
    return NAMES[kind] ?? { kind: /file|path|directory/.test(valueName) ? "files" : "any" };
};

/** `fleet completion`: the script by which a shell completes commands, options, stacks and orgs. */
export function register(program: Command, perform: Perform): void {
    program
        .command("completion")
        .description("print the script by which a shell completes this command line")
        .addArgument(new Argument("<shell>").choices(SHELLS))
        .addHelpText(
            "after",
            '\nbash: source <(fleet completion bash)\nzsh:  source <(fleet completion zsh), after "compinit"' +
                "\nfish: fleet completion fish | source",
        )
        .action((shell: CompletionOptions["shell"]) =>
            perform(async () => (await import("../lib/completion/runCompletion")).runCompletion)({
                shell,
                program,
                valuesOf,
            }),
        );
}
