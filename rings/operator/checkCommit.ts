import * as fs from "node:fs";
import * as path from "node:path";
import { runCommand } from "../../lib/system/runCommand";
import { MendableError } from "../../lib/text/mendableError";

/** The files that the chain is read from. */
const STACK_FILE = /^Pulumi(\.[^.]+)?\.yaml$/;

/**
 * Compares the files that the chain is read from with those of the commit that the operator will run.
 *
 * @param commit 40 hex digits
 * @returns why it could not be compared; `undefined` where they are the same
 * @throws MendableError where they differ: the objects would follow another chain than the programs that they run
 */
export async function checkCommit(root: string, commit: string): Promise<string | undefined> {
    const files = fs.readdirSync(root).filter((file) => STACK_FILE.test(file));
    const git = async (...args: readonly string[]) => {
        const { code, stdout, stderr } = await runCommand("git", ["-C", root, ...args], {
            mayFail: true,
            keep: Infinity,
        });
        return code === 0
            ? { ok: true as const, lines: stdout.split("\n").filter((line) => line !== "") }
            : { ok: false as const, why: stderr.trim().split("\n").at(-1) ?? "" };
    };
    const listed = await git("ls-tree", commit, "./").catch((error: unknown) => ({
        ok: false as const,
        why: String(error),
    }));
    if (!listed.ok) {
        return listed.why;
    }
    const inCommit = new Map(
        listed.lines.flatMap((line): [string, string][] => {
            const [, hash = "", name = ""] = /^\d+ blob ([0-9a-f]+)\t(.*)$/.exec(line) ?? [];
            const file = path.basename(name);
            return STACK_FILE.test(file) ? [[file, hash]] : [];
        }),
    );
    const hashed = await git("hash-object", "--", ...files);
    if (!hashed.ok) {
        return hashed.why;
    }
    const here = new Map(files.map((file, index) => [file, hashed.lines[index]]));
    const different = [...new Set([...here.keys(), ...inCommit.keys()])]
        .filter((file) => here.get(file) !== inCommit.get(file))
        .sort();
    if (different.length > 0) {
        throw new MendableError(
            `the commit ${commit} has ${different.join(", ")} otherwise than the files here, and the operator runs what the commit has; ` +
                "expected its checkout: commit what is changed, or check the commit out",
        );
    }
    return undefined;
}
