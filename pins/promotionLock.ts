import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDirectory } from "../lib/system/cacheDirectory";
import { withFileLock } from "../lib/system/fileLock";
import { MendableError } from "../lib/text/mendableError";

/**
 * Runs `action` while no other promotion of the environment works on this checkout. Two checkouts are kept apart by the
 * stack's own lock; two runs in one would also write the same file.
 *
 * @throws MendableError at once, when another one is under way
 */
export async function withPromotionLock<T>(
    root: string,
    environment: string,
    action: () => Promise<T>,
): Promise<T> {
    const checkout = createHash("sha256").update(fs.realpathSync(root)).digest("hex").slice(0, 16);
    const busy = new AbortController();
    return withFileLock(
        path.join(cacheDirectory(), "locks", `promote-${checkout}-${environment}.lock`),
        action,
        {
            signal: busy.signal,
            onWait: (holder) => {
                busy.abort(
                    new MendableError(
                        `another promotion of "${environment}" is under way in this checkout (${holder}); run this again when it has finished`,
                    ),
                );
            },
        },
    );
}
