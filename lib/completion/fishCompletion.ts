import { type CompletedCommand, type Values, listCommands } from "./completionTree";
import { nameLists } from "./posixCompletion";

/** A script for fish, to be read by `source` or to stand in a folder of completions. */
export function fishCompletion(tree: CompletedCommand): string {
    const { name } = tree;
    const commands = listCommands(tree);
    return `# Completion of "${name}" for fish: ${name} completion fish | source

# The command that the words before the cursor have come to, and the number of its arguments.
function __${name}_path
    set -l path
    set -l takes 0
    set -l arguments 0
    for word in (commandline -opc)[2..-1]
        if test $takes = 1
            set takes 0
        else if string match -q -- '-*' $word
            contains -- "$path $word" $__${name}_takes; and set takes 1
        else if test $arguments = 0; and contains -- (string trim "$path $word") $__${name}_commands
            set path (string trim "$path $word")
        else
            set arguments (math $arguments + 1)
        end
    end
    echo $path
    echo $arguments
end

function __${name}_at
    test (__${name}_path)[1] = "$argv"
end

function __${name}_argument_at
    set -l at (__${name}_path)
    test "$at[1]" = "$argv"; and test $at[2] = 0
end

# The project's root, as the words before the cursor have it.
function __${name}_root
    set -l words (commandline -opc)
    set -l root .
    for i in (seq (count $words))
        if string match -q -- '--project=*' $words[$i]
            set root (string replace -- '--project=' '' $words[$i])
        else if test $words[$i] = --project; and test $i -lt (count $words)
            set root $words[(math $i + 1)]
        end
    end
    echo $root
end

${nameLists(commands)
    .map(
        (list, index) => `function __${name}_names_${index}
    for file in (__${name}_root)/${list.pattern}
        string replace -r -- '^.*/${escapePattern(list.prefix)}(.*)${escapePattern(list.suffix)}$' '$1' $file
    end
end`,
    )
    .join("\n\n")}

set -g __${name}_commands ${commands.flatMap(({ path }) => (path === "" ? [] : [quote(path)])).join(" ")}
set -g __${name}_takes ${commands.flatMap(({ path, options }) => options.flatMap(({ flags, values }) => (values === undefined ? [] : flags.map((flag) => quote(`${path} ${flag}`))))).join(" ")}

complete -c ${name} -e
complete -c ${name} -f
${commands.flatMap((command) => lines(command, name, nameLists(commands))).join("\n")}
`;
}

function lines(
    { path, options, commands, argument }: CompletedCommand,
    name: string,
    lists: ReturnType<typeof nameLists>,
): string[] {
    const at = (what: string) =>
        `complete -c ${name} -n ${quote(`__${name}_${what}${path === "" ? ' ""' : ` ${path}`}`)}`;
    return [
        ...commands.map(
            (each) => `${at("argument_at")} -a ${quote(each.name)} -d ${quote(each.description)}`,
        ),
        ...options.map(({ flags, description, values }) => {
            const named = flags.map((flag) =>
                flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
            );
            return `${at("at")} ${named.join(" ")}${valueWords(values, name, lists)} -d ${quote(description)}`;
        }),
        ...(argument === undefined || argument.kind === "any"
            ? []
            : [`${at("argument_at")}${valueWords(argument, name, lists).replace(" -x", "")}`]),
    ];
}

/** What of `complete` says which values there are. */
function valueWords(values: Values | undefined, name: string, lists: ReturnType<typeof nameLists>): string {
    switch (values?.kind) {
        case undefined:
            return "";
        case "files":
            return " -r -F";
        case "any":
            return " -x";
        case "words":
            return ` -x -a ${quote(values.words.join(" "))}`;
        case "names":
            return ` -x -a ${quote(`(__${name}_names_${lists.findIndex(({ pattern }) => pattern === values.pattern)})`)}`;
    }
}

function escapePattern(text: string): string {
    return text.replaceAll(".", "\\.");
}

/** A text as one word of fish. */
function quote(text: string): string {
    return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
