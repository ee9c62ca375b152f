import * as fs from "node:fs";
import * as path from "node:path";
import type { Environment } from "./environment";
import { environmentFile } from "./environment";
import { type PinMove, markAnnounced, movePins } from "./editPins";
import type { PlatformStack } from "../engine/platformStack";
import type { Problem } from "./problem";
import { withPromotionLock } from "./promotionLock";
import { writeWhole } from "../lib/system/writeWhole";

/** Tells an environment's control plane of a pin. Throws when it did not accept it. */
export type Announce = (runtime: string, digest: string) => Promise<void>;

/** What is to be done in an environment that has passed its checks. */
export interface EnvironmentMove {
    readonly root: string;
    readonly environment: Environment;
    /** The stack's file as it was when the checks were made. */
    readonly text: string;
    readonly moves: readonly PinMove[];
    /** Runtime → the digest that must be deployed, and announced where there is a control plane. */
    readonly targets: ReadonlyMap<string, string>;
    /** Absent to write the pins alone. */
    readonly stack: PlatformStack | undefined;
    readonly announce: Announce | undefined;
    readonly message: string;
    readonly now: () => Date;
    readonly log: (line: string) => void;
}

/** What came of it. */
export interface MoveOutcome {
    readonly problems: readonly Problem[];
    /** The runtimes that the control plane accepted, and when. */
    readonly announced: ReadonlyMap<string, string>;
}

/**
 * Writes the pins, updates the stack, reads its output back, and tells the control plane. When the update fails before the
 * output has moved, the file is put back: a pin is moved only when the platform's own agents run it. Whatever the moment of an interruption, the same
 * promotion run again finishes it.
 */
export async function moveEnvironment(move: EnvironmentMove): Promise<MoveOutcome> {
    try {
        return await withPromotionLock(move.root, move.environment.name, () => moveLocked(move));
    } catch (error) {
        return failed("update", error);
    }
}

async function moveLocked(move: EnvironmentMove): Promise<MoveOutcome> {
    const { root, environment, stack, announce } = move;
    const file = path.join(root, environmentFile(environment.name));
    if (fs.readFileSync(file, "utf8") !== move.text) {
        throw new Error(
            `${environmentFile(environment.name)} was changed while this promotion was checked; expected it to stay: run it again`,
        );
    }
    if (move.moves.length > 0) {
        writeWhole(file, movePins(move.text, move.moves));
    }
    if (stack === undefined) {
        return { problems: [], announced: new Map() };
    }

    move.log(`${environment.name}: updating the platform stack`);
    try {
        await stack.update(move.message);
    } catch (error) {
        return afterFailure(move, file, stack, error);
    }
    const different = await compare(stack, move.targets);
    if (different.length > 0) {
        return { problems: different, announced: new Map() };
    }
    if (announce === undefined) {
        return { problems: [], announced: new Map() };
    }
    return tellControlPlane(move, file, announce);
}

/**
 * Puts the file back, unless the update got as far as the output that the next stacks read: then the pins are the truth, and a
 * file without them would be older than what is deployed.
 */
async function afterFailure(
    move: EnvironmentMove,
    file: string,
    stack: PlatformStack,
    error: unknown,
): Promise<MoveOutcome> {
    const name = environmentFile(move.environment.name);
    let deployed = false;
    let unknown = "";
    try {
        deployed = (await compare(stack, move.targets)).length === 0;
    } catch (cause) {
        unknown = `; what is deployed could not be read (${(cause as Error).message})`;
    }
    if (deployed) {
        return failed("update", error, `; the pins are deployed, and stay in ${name}`);
    }
    writeWhole(file, move.text);
    return failed("update", error, `${unknown}; ${name} is as it was before`);
}

/** The update said that it succeeded; what the next stack reads is what counts. */
async function compare(stack: PlatformStack, targets: ReadonlyMap<string, string>): Promise<Problem[]> {
    const images = await stack.readImages();
    return [...targets].flatMap(([runtime, digest]): Problem[] => {
        const found = images?.get(runtime)?.image.digest;
        return found === digest
            ? []
            : [
                  {
                      check: "deployed",
                      runtime,
                      message: `the stack was updated, but its output runtimeImages has ${found === undefined ? "nothing" : `"${found}"`}; expected "${digest}"`,
                  },
              ];
    });
}

async function tellControlPlane(
    move: EnvironmentMove,
    file: string,
    announce: Announce,
): Promise<MoveOutcome> {
    const problems: Problem[] = [];
    const announced = new Map<string, string>();
    for (const [runtime, digest] of move.targets) {
        const pin = move.environment.config.runtimes.get(runtime);
        const same = pin?.image?.digest === digest;
        if (same && pin.announcedAt !== undefined) {
            continue;
        }
        try {
            move.log(`${move.environment.name}: telling the control plane of ${runtime}`);
            await announce(runtime, digest);
            announced.set(runtime, move.now().toISOString());
        } catch (error) {
            problems.push({ check: "control-plane", runtime, message: (error as Error).message });
        }
    }
    for (const [runtime, at] of announced) {
        writeWhole(file, markAnnounced(fs.readFileSync(file, "utf8"), [runtime], at));
    }
    return { problems, announced };
}

function failed(check: Problem["check"], error: unknown, more = ""): MoveOutcome {
    const message = error instanceof Error ? error.message : String(error);
    return { problems: [{ check, message: `${message}${more}` }], announced: new Map() };
}
