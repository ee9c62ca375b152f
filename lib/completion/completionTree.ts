import type { Argument, Command, Option } from "commander";

/** What may stand where a value is expected: words, names of files below the project's root, any file, or nothing that is known. */
export type Values =
    | { readonly kind: "words"; readonly words: readonly string[] }
    /** The names of files as a pattern finds them: of `Pulumi.*.yaml`, what stands between `prefix` and `suffix`. */
    | { readonly kind: "names"; readonly pattern: string; readonly prefix: string; readonly suffix: string }
    | { readonly kind: "files" }
    | { readonly kind: "any" };

/** An option as a shell completes it. */
export interface CompletedOption {
    /** `-s`, `--stack` */
    readonly flags: readonly string[];
    readonly description: string;
    /** Absent where it takes no value. */
    readonly values?: Values;
}

/** A command with its options and what it may be followed by. */
export interface CompletedCommand {
    /** Its words behind the program's name: `release add`; empty for the program itself. */
    readonly path: string;
    readonly name: string;
    readonly description: string;
    readonly options: readonly CompletedOption[];
    readonly commands: readonly CompletedCommand[];
    /** What its first argument may be. */
    readonly argument?: Values;
}

/** Says what a value may be, by the option or the argument that takes it. */
export type ValuesOf = (of: { readonly flag?: string; readonly valueName: string }) => Values;

/** Reads a command line's tree off commander: what `--help` shows, and nothing that is hidden. */
export function readTree(command: Command, valuesOf: ValuesOf, path = ""): CompletedCommand {
    const help = command.createHelp();
    const [argument] = command.registeredArguments;
    return {
        path,
        name: command.name(),
        description: command.description(),
        options: help.visibleOptions(command).map((option) => readOption(option, valuesOf)),
        commands: help
            .visibleCommands(command)
            .map((each) => readTree(each, valuesOf, `${path} ${each.name()}`.trimStart())),
        ...(argument !== undefined && { argument: readArgument(argument, valuesOf) }),
    };
}

/** A command and everything below it, itself first. */
export function listCommands(command: CompletedCommand): readonly CompletedCommand[] {
    return [command, ...command.commands.flatMap(listCommands)];
}

function readOption(option: Option, valuesOf: ValuesOf): CompletedOption {
    const { short, long, description, argChoices } = option;
    const flags = [short, long].filter((flag) => flag !== undefined);
    const valueName = /[<[](.*?)[>\]]+$/.exec(option.flags)?.[1];
    if (valueName === undefined) {
        return { flags, description };
    }
    const values: Values =
        argChoices === undefined ? valuesOf({ flag: long, valueName }) : { kind: "words", words: argChoices };
    return { flags, description, values };
}

function readArgument(argument: Argument, valuesOf: ValuesOf): Values {
    return argument.argChoices === undefined
        ? valuesOf({ valueName: argument.name() })
        : { kind: "words", words: argument.argChoices };
}
