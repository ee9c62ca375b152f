import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { runCommand } from "../../lib/system/runCommand";
import { MendableError } from "../../lib/text/mendableError";

/** A file as a commit is to have it. */
export interface BranchCommit {
    readonly branch: string;
    readonly message: string;
    /** From the project's root. */
    readonly file: string;
    /** The text that was read, and what becomes of it. */
    readonly before: string;
    readonly after: string;
}

/**
 * Makes a branch with one commit on top of what is checked out. Neither the files, the index nor the branch that is checked out change.
 *
 * @returns the commit
 * @throws MendableError when there is no repository, when the file has changes that are not committed, or there is such a branch
 */
export async function leaveBranch(root: string, commit: BranchCommit): Promise<string> {
    const { branch, message, file, before, after } = commit;
    const index = fs.mkdtempSync(path.join(os.tmpdir(), "fleet-index-"));
    const git = async (args: readonly string[], input?: string): Promise<string> => {
        const { code, stdout, stderr } = await runCommand("git", ["-C", root, ...args], {
            env: { ...process.env, GIT_INDEX_FILE: path.join(index, "index") },
            input,
            mayFail: true,
            keep: Infinity,
        });
        if (code !== 0) {
            throw new MendableError(`no branch was made: git ${args[0] ?? ""}: ${stderr.trim()}`);
        }
        return stdout;
    };
    try {
        const head = (await git(["rev-parse", "--verify", "HEAD"])).trim();
        const place = `${(await git(["rev-parse", "--show-prefix"])).trim()}${file}`;
        const [mode = ""] = (await git(["ls-tree", "--full-tree", head, "--", place])).split(" ");
        if (mode === "" || (await git(["show", `${head}:${place}`])) !== before) {
            throw new MendableError(
                `${file} is not as the last commit has it; expected its changes committed, or taken back, before --pull-request`,
            );
        }
        const taken = await git(["branch", "--list", branch]);
        if (taken !== "") {
            throw new MendableError(
                `there is a branch "${branch}" already; expected it merged and deleted: git branch -D ${branch}`,
            );
        }
        const blob = (await git(["hash-object", "-w", "--stdin"], after)).trim();
        await git(["read-tree", head]);
        // From the repository's root, wherever the project is in it.
        await git(["update-index", "--cacheinfo", `${mode},${blob},${place}`]);
        const tree = (await git(["write-tree"])).trim();
        const made = (await git(["commit-tree", tree, "-p", head], message)).trim();
        await git(["update-ref", `refs/heads/${branch}`, made, "0".repeat(40)]);
        return made;
    } finally {
        fs.rmSync(index, { recursive: true });
    }
}
