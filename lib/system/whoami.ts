import * as os from "node:os";
import { runCommand } from "./runCommand";

/** Who runs a command, for the record: as they say, the pipeline's run, git's user, or the system's. */
export async function whoami(by: string | undefined, env: NodeJS.ProcessEnv = process.env): Promise<string> {
    if (by !== undefined && by !== "") {
        return by;
    }
    const {
        GITHUB_ACTOR: actor,
        GITHUB_SERVER_URL: server,
        GITHUB_REPOSITORY: repository,
        GITHUB_RUN_ID: run,
    } = env;
    if (actor !== undefined && actor !== "") {
        const known = [server, repository, run].every((part) => part !== undefined && part !== "");
        return known ? `${actor} (${server ?? ""}/${repository ?? ""}/actions/runs/${run ?? ""})` : actor;
    }
    try {
        const { stdout } = await runCommand("git", ["config", "user.email"]);
        if (stdout.trim() !== "") {
            return stdout.trim();
        }
    } catch {
        // No git, or no user in its config.
    }
    return os.userInfo().username;
}
