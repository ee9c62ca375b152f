import { type CompletedCommand, type CompletedOption, type Values, listCommands } from "./completionTree";

/**
 * What bash and zsh share, in the words of POSIX' shell: tables of the tree as functions, and one that prints what may stand at the
 * cursor, a line each, its description behind a tab. `:files` stands for any file. No program is started: whoever presses a key does not wait.
 */
function shared(tree: CompletedCommand): string {
    return `${tables(tree)}\n${candidates(tree.name)}`;
}

/** The tree, and the names of files. */
function tables(tree: CompletedCommand): string {
    const { name } = tree;
    const commands = listCommands(tree);
    return `
# What an option of a command takes: the number of a list below; nothing for one that takes no value.
_${name}_takes() {
    case "$1 $2" in
${commands.flatMap((command) => takesLines(command)).join("\n")}
    esac
}

_${name}_argument() {
    case "$1" in
${commands.flatMap(({ path, argument }) => (argument === undefined ? [] : [`        ${quote(path)}) printf '%s' ${quote(code(argument))} ;;`])).join("\n")}
    esac
}

_${name}_is_command() {
    case "$1" in
${commands.flatMap(({ path }) => (path === "" ? [] : [`        ${quote(path)}) return 0 ;;`])).join("\n")}
    esac
    return 1
}

_${name}_commands() {
    case "$1" in
${commands
    .flatMap((command) =>
        printLines(
            command.path,
            command.commands.map(({ name: word, description }) => [word, description]),
        ),
    )
    .join("\n")}
    esac
}

_${name}_options() {
    case "$1" in
${commands.flatMap((command) => printLines(command.path, command.options.flatMap(optionLines))).join("\n")}
    esac
}

# The values of a kind, below a project's root.
_${name}_values() {
    case "$1" in
        files) printf ':files\\n' ;;
        words:*)
            local rest="\${1#words:}"
            while [ -n "$rest" ]; do
                printf '%s\\n' "\${rest%%,*}"
                case "$rest" in *,*) rest="\${rest#*,}" ;; *) rest= ;; esac
            done
            ;;
${nameLists(commands)
    .map(
        ({ pattern, prefix, suffix }) => `        ${quote(`names:${pattern}`)})
            local file
            for file in "$2"/${pattern}; do
                [ -e "$file" ] || continue
                file="\${file##*/}"
                file="\${file#${prefix}}"
                printf '%s\\n' "\${file%${suffix}}"
            done
            ;;`,
    )
    .join("\n")}
    esac
}

`;
}

/** What may stand at the cursor. */
function candidates(name: string): string {
    return `
# What may stand at the cursor: the word that was begun, then all words between the program's name and it.
_${name}_candidates() {
    local cur="$1" at= takes= last= root=. word arguments=0 line
    shift
    for word; do
        if [ -n "$takes" ]; then
            [ "$last" = --project ] && root="$word"
            takes=
            continue
        fi
        case "$word" in
            --project=*) root="\${word#*=}" ;;
            -*) takes="$(_${name}_takes "$at" "$word")" last="$word" ;;
            *)
                if [ "$arguments" = 0 ] && _${name}_is_command "\${at:+$at }$word"; then
                    at="\${at:+$at }$word"
                else
                    arguments=$((arguments + 1))
                fi
                ;;
        esac
    done
    if [ -n "$takes" ]; then
        _${name}_values "$takes" "$root"
        return
    fi
    case "$cur" in
        --*=*)
            _${name}_values "$(_${name}_takes "$at" "\${cur%%=*}")" "$root" | while read -r line; do
                printf '%s=%s\\n' "\${cur%%=*}" "$line"
            done
            ;;
        -*) _${name}_options "$at" ;;
        *)
            _${name}_commands "$at"
            [ "$arguments" = 0 ] && _${name}_values "$(_${name}_argument "$at")" "$root"
            ;;
    esac
}
`;
}

/** A script for bash, to be read by `source`. */
export function bashCompletion(tree: CompletedCommand): string {
    const { name } = tree;
    return `# Completion of "${name}" for bash: source <(${name} completion bash)
${shared(tree)}
_${name}_complete() {
    local cur="\${COMP_WORDS[COMP_CWORD]}" line candidate i
    local -a words=()
    # bash takes "--stack=prod" apart at the sign.
    for ((i = 1; i < COMP_CWORD; i++)); do
        [ "\${COMP_WORDS[i]}" = = ] || words+=("\${COMP_WORDS[i]}")
    done
    [ "$cur" = = ] && cur=
    COMPREPLY=()
    while IFS= read -r line; do
        candidate="\${line%%$'\\t'*}"
        if [ "$candidate" = :files ]; then
            compopt -o default 2>/dev/null
        elif [ "\${candidate:0:\${#cur}}" = "$cur" ]; then
            COMPREPLY+=("$candidate")
        fi
    done < <(_${name}_candidates "$cur" "\${words[@]}")
}
complete -F _${name}_complete ${name}
`;
}

/** A script for zsh, to be read by `source` once \`compinit\` was called, or as \`_fleet\` in a folder of \`fpath\`. */
export function zshCompletion(tree: CompletedCommand): string {
    const { name } = tree;
    return `#compdef ${name}
# Completion of "${name}" for zsh: source <(${name} completion zsh)
${shared(tree)}
_${name}() {
    local -a lines described before
    local line candidate
    before=("\${(@)words[2,CURRENT-1]}")
    lines=("\${(@f)$(emulate -L sh; _${name}_candidates "$PREFIX" "\${before[@]}")}")
    for line in "\${lines[@]}"; do
        candidate="\${line%%$'\\t'*}"
        if [[ "$candidate" == *:files ]]; then
            _files
        elif [[ -n "$candidate" ]]; then
            described+=("\${candidate//:/\\\\:}:\${line#*$'\\t'}")
        fi
    done
    (( \${#described} )) && _describe ${name} described
}
if [ "$funcstack[1]" = _${name} ]; then
    _${name} "$@"
else
    compdef _${name} ${name}
fi
`;
}

function takesLines({ path, options }: CompletedCommand): string[] {
    return options.flatMap(({ flags, values }) =>
        values === undefined
            ? []
            : flags.map(
                  (flag) => `        ${quote(`${path} ${flag}`)}) printf '%s' ${quote(code(values))} ;;`,
              ),
    );
}

function optionLines({ flags, description }: CompletedOption): (readonly [string, string])[] {
    const long = flags.at(-1);
    return long === undefined ? [] : [[long, description]];
}

function printLines(path: string, lines: readonly (readonly [string, string])[]): string[] {
    const texts = lines.map(([word, description]) => quote(`${word}\t${description}`));
    return texts.length === 0
        ? []
        : [`        ${quote(path)}) printf '%s\\n' \\\n            ${texts.join(" \\\n            ")} ;;`];
}

/** How a kind of values is written in the script. */
function code(values: Values): string {
    switch (values.kind) {
        case "words":
            return `words:${values.words.join(",")}`;
        case "names":
            return `names:${values.pattern}`;
        case "files":
        case "any":
            return values.kind;
    }
}

/** The lists of names that any option or argument takes, each once. */
export function nameLists(
    commands: readonly CompletedCommand[],
): readonly Extract<Values, { kind: "names" }>[] {
    const all = commands.flatMap(({ options, argument }) => [
        argument,
        ...options.map(({ values }) => values),
    ]);
    const names = all.flatMap((values) => (values?.kind === "names" ? [values] : []));
    return [...new Map(names.map((each) => [each.pattern, each])).values()];
}

/** A text as one word of a shell. */
function quote(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}
