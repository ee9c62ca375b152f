import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";

/** A command in a fenced block of README or of a page under docs/. */
export interface PageCommand {
    /** `docs/operating.md` */
    readonly page: string;
    /** Where its block begins. */
    readonly line: number;
    /** As it is typed into a shell, without prompt and comment. */
    readonly command: string;
    /** What the page says that it ends with, in `<!-- ends with exit code 1 -->` above the block; 0 by default. */
    readonly exitCode: number;
    /** Why the page says that no test runs it, in `<!-- not run here: … -->` above the block. */
    readonly notRun?: string;
}

/** README, CONTRIBUTING and every page under docs/. */
export function pages(): readonly string[] {
    const docs = fs.globSync("docs/**/*.md", { cwd: PACKAGE_ROOT }).toSorted();
    return ["README.md", "CONTRIBUTING.md", ...docs];
}

/** The text of a page. */
export function readPage(page: string): string {
    return fs.readFileSync(path.join(PACKAGE_ROOT, page), "utf8");
}

/** A block, with what a comment above it says of it. */
const BLOCK =
    /(?:^ *<!-- (?<note>.*?) -->\n\n?)?^(?<indent> *)```(?<kind>\w*)\n(?<body>[\s\S]*?)^\k<indent>```$/gm;

/** All commands of a page's fenced blocks, in their order: each line of a shell's block; elsewhere what stands behind a prompt, or at a block's begin. */
export function pageCommands(page: string): readonly PageCommand[] {
    const text = readPage(page);
    return [...text.matchAll(BLOCK)].flatMap(({ index, groups = {} }) => {
        const { note = "", kind = "", body = "", indent = "" } = groups;
        const line = text.slice(0, index).split("\n").length;
        const notRun = /^not run here: (.*)$/.exec(note)?.[1];
        const exitCode = Number(/^ends with exit code (\d+)$/.exec(note)?.[1] ?? 0);
        const lines = body
            .replace(/ *\\\n\s*/g, " ")
            .split("\n")
            .map((each) => each.slice(indent.length));
        const isShell = ["sh", "bash", "console"].includes(kind);
        const isCommand = (each: string) =>
            isShell
                ? each !== "" && !each.startsWith("#")
                : each.startsWith("$ ") || /^(npx|npm|pulumi) /.test(each);
        return lines.filter(isCommand).map((each) => ({
            page,
            line,
            command: each
                .replace(/^\$ /, "")
                .replace(/\s+# .*$/, "")
                .trim(),
            exitCode,
            ...(notRun !== undefined && { notRun }),
        }));
    });
}

/** The words of a command, quotes taken off, up to where a shell ends it: `npx fleet check -f -` of `npx fleet check -f - > x`. */
export function wordsOf(command: string): readonly string[] {
    const words = (command.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? []).map((word) =>
        word.replace(/^["']|["']$/g, ""),
    );
    const end = words.findIndex((word) => /^(&&|\|\|?|[12]?>>?|;)$/.test(word));
    return end < 0 ? words : words.slice(0, end);
}
