import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createProgram } from "../../../commands/program";
import { SHELLS } from "../../../lib/completion/runCompletion";
import { skipBecause } from "../../support/skipBecause";
import { testIo } from "../../support/testIo";

/** Each shell's own way to say what it completes a begun line to, and what the line is then. */
const ASK: Readonly<Record<(typeof SHELLS)[number], string>> = {
    bash: `source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fleet_complete; printf '%s\\n' "\${COMPREPLY[@]}"`,
    fish: `source $argv[1]; complete -C (string join -- " " $argv[2..-1])`,
    // A real line editor at a terminal: the line is written, Tab is pressed, and what is run is what came of it.
    zsh: `zmodload zsh/zpty; zpty z zsh -f -i
zpty -w z "PS1=''; autoload -U compinit; compinit -u -D; fleet() { print -r -- \\"RAN<\\$*>\\" }; source $1; cd $PWD; print READ''Y"
expect() { local line; while zpty -r z line; do [[ $line == *"$1"* ]] && { print -r -- "\${\${line%%>*}##*RAN<}"; return }; done }
expect READY > /dev/null; shift
zpty -n -w z "$*"$'\\t\\n'; expect "RAN<"; zpty -d z`,
};

describe("the completion of the command line", function () {
    this.timeout(60_000);
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "completion-"));
    const scriptOf = (shell: string) => path.join(root, `fleet.${shell}`);
    for (const file of [
        "Pulumi.yaml",
        "Pulumi.prod.yaml",
        "Pulumi.prod-canary.yaml",
        "platform/Pulumi.staging.yaml",
        "orgs/prod/globex.yaml",
        "orgs/prod-canary/dogfood.yaml",
        "releases/v2.json",
    ]) {
        fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
        fs.writeFileSync(path.join(root, file), "");
    }
    before(async () => {
        for (const shell of SHELLS) {
            let script = "";
            const io = testIo({ out: (text) => (script += text) });
            await createProgram(io, () => undefined).parseAsync(["completion", shell], { from: "user" });
            fs.writeFileSync(scriptOf(shell), script);
        }
    });
    after(() => {
        fs.rmSync(root, { recursive: true });
    });

    /** What a shell makes of a begun line; the candidates, or of zsh the line. */
    const complete = (shell: (typeof SHELLS)[number], words: readonly string[]): string[] => {
        const options =
            shell === "bash" ? ["--norc", "--noprofile"] : shell === "fish" ? ["--no-config"] : ["-f"];
        const first = shell === "fish" ? [] : ["completion"];
        const args = [...options, "-c", ASK[shell], ...first, scriptOf(shell), ...words];
        const text = execFileSync(shell, args, { cwd: root, encoding: "utf8", timeout: 50_000 });
        const lines = text.split(/\r?\n/).map((line) => line.split("\t")[0]?.trim() ?? "");
        return [...new Set(lines.filter((line) => line !== ""))];
    };

    for (const shell of SHELLS) {
        describe(`in ${shell}`, () => {
            before(function () {
                if (spawnSync(shell, ["--version"]).error !== undefined) {
                    skipBecause(this, `no ${shell}: its completion was not tried`);
                }
            });
            for (const [begun, word, what] of [
                ["fleet ho", "hold", "a command"],
                ["fleet release a", "add", "a command of a command"],
                ["fleet hold acme --unt", "--until", "an option of its command"],
                [
                    "fleet promote --env staging --wh",
                    "--when-allowed",
                    "an option behind another one's value",
                ],
                ["fleet hold glo", "globex", "an org"],
                ["fleet stale --org dog", "dogfood", "an org as an option's value"],
                ["fleet hold globex --stack prod-c", "prod-canary", "a stack"],
                ["fleet promote --env s", "staging", "an environment"],
                ["fleet completion fi", "fish", "one of some words"],
                ["fleet release add --file releases/", "releases/v2.json", "a file"],
            ] as const) {
                it(`completes ${what}`, function () {
                    const found = complete(shell, begun.split(" "));
                    if (shell === "zsh") {
                        assert.deepEqual(found, [[...begun.split(" ").slice(1, -1), word].join(" ")]);
                    } else if (what === "a file") {
                        // bash itself goes on with files where the function names nothing.
                        assert.deepEqual(found, shell === "bash" ? [] : [word]);
                    } else {
                        assert.deepEqual(found, [word]);
                    }
                });
            }
        });
    }

    it("offers in bash every option and every command that --help shows, and of --stack=… the value alone", () => {
        const program = createProgram(testIo(), () => undefined);
        for (const command of program.commands) {
            const help = command.createHelp();
            const wanted = help.visibleOptions(command).map(({ long }) => long ?? "");
            assert.deepEqual(complete("bash", ["fleet", command.name(), "--"]).sort(), wanted.sort());
        }
        const names = program
            .createHelp()
            .visibleCommands(program)
            .map((each) => each.name());
        assert.deepEqual(complete("bash", ["fleet", ""]).sort(), [...names].sort());
        assert.deepEqual(complete("bash", ["fleet", "stale", "--stack", "=", "prod-"]), ["prod-canary"]);
    });

    it("looks where --project says, and offers nothing where nothing is", () => {
        assert.deepEqual(complete("bash", ["fleet", "stale", "--project", os.devNull, "--stack", ""]), []);
    });
});
