import * as os from "node:os";
import * as path from "node:path";

/**
 * Where binaries and running clusters are kept, outside any checkout: `CUSTOMER_ORGS_CACHE` when it is set, else the
 * platform's own cache folder (`~/Library/Caches` on macOS, `$XDG_CACHE_HOME` or `~/.cache` elsewhere).
 *
 * @throws Error when `CUSTOMER_ORGS_CACHE` is not an absolute path.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/ (a relative XDG_CACHE_HOME is ignored)
 */
export function cacheDirectory(
    env: NodeJS.ProcessEnv = process.env,
    platform: string = process.platform,
    home: string = os.homedir(),
): string {
    const chosen = env["CUSTOMER_ORGS_CACHE"];
    if (chosen !== undefined && chosen !== "") {
        if (!path.isAbsolute(chosen)) {
            throw new Error(`CUSTOMER_ORGS_CACHE is "${chosen}": expected an absolute path`);
        }
        return chosen;
    }
    if (platform === "darwin") {
        return path.join(home, "Library", "Caches", "customer-orgs");
    }
    const xdg = env["XDG_CACHE_HOME"];
    return path.join(
        xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(home, ".cache"),
        "customer-orgs",
    );
}
