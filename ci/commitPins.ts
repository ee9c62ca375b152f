import * as fs from "node:fs";
import { pause } from "../lib/system/pause";
import { runCommand } from "../lib/system/runCommand";
import { runScript } from "../lib/system/runScript";

/** What promotions write, and nothing else: whatever else changed in the checkout is not theirs. */
const WRITTEN = [/^platform\/Pulumi\.[^/]+\.yaml$/, /^platform\/vetoes\.yaml$/, /^releases\/[^/]+\.json$/];

/** Pushes of others that are waited out: several environments are promoted at the same time. */
const ATTEMPTS = 8;

/** What a push says that came too late: the branch has moved on, or is being moved. Anything else is the same the next time. */
const OVERTAKEN = /\[rejected\]|cannot lock ref|failed to update ref/;

/**
 * Commits what a release or a promotion wrote, and pushes it to the branch that is checked out; no change is no commit.
 * `npm run commit-pins -- "promote v0.3.44 to prod"`.
 */
async function main(message: string | undefined): Promise<void> {
    if (message === undefined || message.trim() === "") {
        throw new Error('expected a commit message: npm run commit-pins -- "promote v0.3.44 to prod"');
    }
    const branch = (await git("branch", "--show-current")).trim();
    if (branch === "") {
        throw new Error(
            "no branch is checked out, so there is none to push to; expected a checkout of a branch, not of a tag or commit",
        );
    }
    const [remote = ""] = (await git("remote")).split("\n");
    if (remote === "") {
        throw new Error('there is no remote to push to; expected one: "git remote add origin URL"');
    }
    const status = await git("status", "--porcelain", "--untracked-files=all", "-z");
    const files = status
        .split("\0")
        .map((line) => line.slice(3))
        .filter((file) => WRITTEN.some((pattern) => pattern.test(file)) && fs.existsSync(file));
    const identity = await findIdentity();
    if (files.length > 0) {
        await git("add", "--", ...files);
        await git(...identity, "commit", "--quiet", "-m", message, "--", ...files);
    } else {
        console.log("nothing was written");
    }
    for (let attempt = 1; ; attempt++) {
        try {
            await git("push", "--quiet", remote, `HEAD:refs/heads/${branch}`);
            break;
        } catch (error) {
            const why = (error as Error).message;
            if (!OVERTAKEN.test(why)) {
                throw new Error(
                    `${why}\nNothing was pushed to "${branch}"; what was written is committed here. ` +
                        "Expected a branch that the pipeline may push to (docs/ci.md)",
                    { cause: error },
                );
            }
            if (attempt === ATTEMPTS) {
                throw error;
            }
            await pause(200 * attempt * (1 + Math.random()));
            // The other environment's promotion was faster; it wrote other files.
            await git(...identity, "pull", "--quiet", "--rebase", "--autostash", remote, branch);
        }
    }
    console.log(files.length === 0 ? `${branch} is pushed` : `${files.join(", ")} pushed to ${branch}`);
}

async function git(...args: readonly string[]): Promise<string> {
    // What git says is read above, in the words that it has without a language of its own.
    const env = { ...process.env, LC_ALL: "C" };
    return (await runCommand("git", args, { env, keep: Infinity })).stdout;
}

/** The person's own identity, or the pipeline's where a machine has none. */
async function findIdentity(): Promise<readonly string[]> {
    const { code } = await runCommand("git", ["config", "user.email"], { mayFail: true });
    const actor = process.env["GITHUB_ACTOR"] ?? "pipeline";
    return code === 0 ? [] : ["-c", `user.name=${actor}`, "-c", `user.email=${actor}@users.noreply.invalid`];
}

void runScript(() => main(process.argv[2]));
