import * as fs from "node:fs";
import * as path from "node:path";
import { ConfigError } from "../lib/text/configError";
import type { Hold } from "../platform/pinRecord";
import type { CommandIo } from "../lib/system/commandIo";
import { whoami } from "../lib/system/whoami";
import { EXIT_CODES, MendableError } from "../lib/text/mendableError";
import { writeWhole } from "../lib/system/writeWhole";
import { releaseHolds } from "./editPins";
import { assertEnvironments, environmentFile, projectRoot, readEnvironment } from "./environment";
import { withPromotionLock } from "./promotionLock";

/** What `fleet release-hold` was given. */
export interface ReleaseHoldOptions {
    readonly env: readonly string[];
    /** All that are held when left out. */
    readonly runtime?: readonly string[];
    readonly reason?: string;
    readonly by?: string;
    readonly project?: string;
}

/** Ends holds, one environment after the other. Exit code 0, also where nothing was held; it throws where a file cannot be read. */
export async function runReleaseHold(options: ReleaseHoldOptions, io: CommandIo): Promise<number> {
    const { env, runtime, reason, project } = options;
    const root = projectRoot(project);
    assertEnvironments(root, env);
    for (const environment of env) {
        const hold = { root, environment, only: runtime, by: whoami(options.by), reason };
        const released = await releaseHold(hold, io.now());
        const what = released.length === 0 ? "nothing was held" : `released ${released.join(", ")}`;
        io.out(`${environment}: ${what}`);
    }
    return EXIT_CODES.done;
}

/** Whose hold is ended, by whom, and why. */
export interface HoldToRelease {
    readonly root: string;
    readonly environment: string;
    /** All that are held when left out. */
    readonly only: readonly string[] | undefined;
    readonly by: string;
    readonly reason: string | undefined;
}

/**
 * Ends the holds of an environment's pins, so that the next promotion may move them. Only the file is changed: nothing runs
 * differently.
 *
 * @returns the runtimes whose hold was ended
 * @throws MendableError when a runtime that was asked for does not exist, ConfigError when the file cannot be read
 */
export function releaseHold(options: HoldToRelease, now: Date): Promise<readonly string[]> {
    const { root, environment: name, only, by, reason } = options;
    return withPromotionLock(root, name, () => {
        const read = readEnvironment(root, name);
        if (!read.ok) {
            throw new ConfigError(read.problems);
        }
        const pins = read.environment.config.runtimes;
        const unknown = only?.filter((runtime) => !pins.has(runtime)) ?? [];
        if (unknown.length > 0) {
            throw new MendableError(
                `${environmentFile(name)} has no runtime "${unknown.join('", "')}"; expected one of ${[...pins.keys()].join(", ")}`,
            );
        }
        const holds = new Map<string, Hold>();
        for (const runtime of only ?? pins.keys()) {
            const hold = pins.get(runtime)?.hold;
            if (hold !== undefined && hold.released === undefined) {
                holds.set(runtime, hold);
            }
        }
        if (holds.size > 0) {
            const file = path.join(root, environmentFile(name));
            const released = { by, at: now.toISOString(), ...(reason === undefined ? {} : { reason }) };
            writeWhole(file, releaseHolds(fs.readFileSync(file, "utf8"), holds, released));
        }
        return Promise.resolve([...holds.keys()]);
    });
}
