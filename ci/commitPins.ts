import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { pause } from "../lib/system/pause";

/** What promotions write, and nothing else: whatever else changed in the checkout is not theirs. */
const WRITTEN = [/^platform\/Pulumi\.[^/]+\.yaml$/, /^platform\/vetoes\.yaml$/, /^releases\/[^/]+\.json$/];

/** Pushes of others that are waited out: several environments are promoted at the same time. */
const ATTEMPTS = 8;

/**
 * Commits what a release or a promotion wrote, and pushes it to the branch that is checked out; no change is no commit.
 * `npm run commit-pins -- "promote v0.3.44 to prod"`.
 */
async function main(message: string | undefined): Promise<void> {
    if (message === undefined || message.trim() === "") {
        throw new Error('expected a commit message: npm run commit-pins -- "promote v0.3.44 to prod"');
    }
    const status = git("status", "--porcelain", "--untracked-files=all", "-z");
    const files = status
        .split("\0")
        .map((line) => line.slice(3))
        .filter((file) => WRITTEN.some((pattern) => pattern.test(file)) && fs.existsSync(file));
    if (files.length > 0) {
        git("add", "--", ...files);
        git(...identity(), "commit", "--quiet", "-m", message, "--", ...files);
    } else {
        console.log("nothing was written");
    }
    const branch = git("branch", "--show-current").trim();
    if (branch === "") {
        throw new Error(
            "no branch is checked out, so there is none to push to; expected a checkout of a branch, not of a tag or commit",
        );
    }
    const remote = git("remote").split("\n")[0] ?? "";
    for (let attempt = 1; ; attempt++) {
        try {
            git("push", "--quiet", remote, `HEAD:refs/heads/${branch}`);
            break;
        } catch (error) {
            if (attempt === ATTEMPTS) {
                throw error;
            }
            await pause(200 * attempt * (1 + Math.random()));
            // The other environment's promotion was faster; it wrote other files.
            git(...identity(), "pull", "--quiet", "--rebase", "--autostash", remote, branch);
        }
    }
    console.log(files.length === 0 ? `${branch} is pushed` : `${files.join(", ")} pushed to ${branch}`);
}

function git(...args: readonly string[]): string {
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/** The person's own identity, or the pipeline's where a machine has none. */
function identity(): readonly string[] {
    try {
        git("config", "user.email");
        return [];
    } catch {
        const actor = process.env["GITHUB_ACTOR"] ?? "pipeline";
        return ["-c", `user.name=${actor}`, "-c", `user.email=${actor}@users.noreply.invalid`];
    }
}

main(process.argv[2]).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
