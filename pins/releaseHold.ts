import * as fs from "node:fs";
import * as path from "node:path";
import type { CommandIo } from "../lib/system/commandIo";
import { stepByStep } from "../lib/system/interruption";
import { whoami } from "../lib/system/whoami";
import { printable } from "../lib/text/printable";
import { EXIT_CODES, MendableError } from "../lib/text/mendableError";
import { writeWhole } from "../lib/system/writeWhole";
import { markPins } from "./editPins";
import { environmentFile, projectRoot, readEnvironment } from "./environment";
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

/**
 * Ends holds, one environment after the other. Exit code 0, also where nothing was held; it throws where a file cannot be read. A signal
 * begins no further environment.
 */
export async function runReleaseHold(options: ReleaseHoldOptions, io: CommandIo): Promise<number> {
    const { env, runtime, reason, project } = options;
    const root = projectRoot(project, env);
    const by = await whoami(options.by);
    return stepByStep(io, async ({ begin }) => {
        for (const [index, environment] of env.entries()) {
            begin(`nothing was released in ${env.slice(index).join(", ")}`);
            const released = await releaseHold({ root, environment, only: runtime, by, reason }, io.now());
            const what = released.length === 0 ? "nothing was held" : `released ${released.join(", ")}`;
            io.out(printable(`${environment}: ${what}`));
        }
        return EXIT_CODES.done;
    });
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
        const pins = readEnvironment(root, name).config.runtimes;
        const unknown = only?.filter((runtime) => !pins.has(runtime)) ?? [];
        if (unknown.length > 0) {
            throw new MendableError(
                `${environmentFile(name)} has no runtime "${unknown.join('", "')}"; expected one of ${[...pins.keys()].join(", ")}`,
            );
        }
        const holds = new Map(
            (only ?? [...pins.keys()]).flatMap((runtime) => {
                const hold = pins.get(runtime)?.hold;
                return hold === undefined || hold.released !== undefined ? [] : [[runtime, hold] as const];
            }),
        );
        if (holds.size > 0) {
            const file = path.join(root, environmentFile(name));
            const released = { by, at: now.toISOString(), reason };
            const text = [...holds].reduce(
                (before, [runtime, hold]) => markPins(before, [runtime], { hold: { ...hold, released } }),
                fs.readFileSync(file, "utf8"),
            );
            writeWhole(file, text);
        }
        return Promise.resolve([...holds.keys()]);
    });
}
