import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Command } from "commander";
import { createProgram } from "../../commands/program";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";
import { type PageCommand, pageCommands, pages, readPage, wordsOf } from "../support/pageCommands";
import { ENGINE_STEPS } from "../support/pages/engineSteps";
import { FILE_STEPS } from "../support/pages/fileSteps";
import { testIo } from "../support/testIo";

/** What is wrong with a command of ours as it is written: an unknown command, option or script. */
function describeFault(
    words: readonly string[],
    program: Command,
    scripts: ReadonlySet<string>,
): string | undefined {
    if (words[0] === "npm" && words[1] === "run") {
        const script = words.slice(2).find((word) => !word.startsWith("-")) ?? "";
        return scripts.has(script) ? undefined : `package.json has no script "${script}"`;
    }
    if (words[0] !== "npx" || words[1] !== "fleet") {
        return undefined;
    }
    let command = program;
    let rest = words.slice(2);
    for (;;) {
        const [name = ""] = rest;
        const next = command.commands.find((each) => each.name() === name);
        if (next === undefined) {
            break;
        }
        [command, rest] = [next, rest.slice(1)];
    }
    if (command === program) {
        return rest.length === 0 ? undefined : `there is no command "fleet ${rest[0] ?? ""}"`;
    }
    // "fleet up" hands on to the engine what it does not know itself; there is no public way to ask a command for that.
    const { _allowUnknownOption: handsOn = false } = command as unknown as { _allowUnknownOption?: boolean };
    const unknown = handsOn ? [] : command.parseOptions([...rest]).unknown;
    return unknown.length === 0 ? undefined : `"fleet ${command.name()}" has no ${unknown.join(" ")}`;
}

describe("the commands of README, CONTRIBUTING and docs/", () => {
    const program = createProgram(testIo(), () => undefined);
    const { scripts } = JSON.parse(fs.readFileSync(path.join(PACKAGE_ROOT, "package.json"), "utf8")) as {
        scripts: Record<string, string>;
    };
    const known = new Set(Object.keys(scripts));
    const all = pages().flatMap(pageCommands);
    const at = ({ page, line, command }: PageCommand) => `${page}:${line}: ${command}`;

    it("in blocks are this project's own, or their block says why no test runs them", () => {
        const foreign = all.filter(
            ({ command, notRun }) => notRun === undefined && !/^(npx (fleet|pulumi)|npm) /.test(command),
        );
        assert.deepEqual(foreign.map(at), []);
        const notRun = all.filter((each) => each.notRun !== undefined);
        console.log(`      ${all.length} commands, of which no test runs ${notRun.length}:`);
        for (const each of notRun) {
            console.log(`        ${at(each)} (${each.notRun ?? ""})`);
        }
        assert.ok(all.length > 40 && notRun.length < all.length / 2);
    });

    it("in blocks have no place holder, so that they can be run as they are", () => {
        assert.deepEqual(
            all.filter(({ command, notRun }) => notRun === undefined && /…|<\w+>/.test(command)).map(at),
            [],
        );
    });

    it("in blocks are run by a test with the exit code that their page says, and no test runs what no page says", () => {
        const key = ({ command, exitCode = 0 }: { command: string; exitCode?: number }) =>
            `${command} (exit code ${exitCode})`;
        const said = new Set(all.filter(({ notRun }) => notRun === undefined).map(key));
        const run = [...FILE_STEPS, ...ENGINE_STEPS].map(key);
        assert.deepEqual(
            [...said].filter((each) => !run.includes(each)),
            [],
            "in test/support/pages/",
        );
        assert.deepEqual(
            run.filter((each) => !said.has(each)),
            [],
            "on a page",
        );
    });

    it("have options that there are", () => {
        const inText = pages().flatMap((page) =>
            [...readPage(page).matchAll(/`((?:npx fleet|npm run) [^`]+)`/g)].map(([, command = ""]) => ({
                page,
                line: 0,
                command,
                exitCode: 0,
            })),
        );
        const faults = [...all, ...inText].flatMap((each) => {
            const fault = describeFault(wordsOf(each.command), program, known);
            return fault === undefined ? [] : [`${at(each)}: ${fault}`];
        });
        assert.deepEqual(faults, []);
        assert.ok(inText.length > 10);
    });

    it("write no banner of npm's into a file or another program", () => {
        const texts = [...pages().map(readPage), ...all.map(({ command }) => command)];
        const banners = texts.flatMap(
            (text) => text.match(/npm run (?!--silent)[^`\n]*?(?<!&&.*)[|>] ?\S+/g) ?? [],
        );
        assert.deepEqual(banners, []);
    });
});
