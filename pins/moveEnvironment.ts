import * as fs from "node:fs";
import * as path from "node:path";
import { readVetoes } from "../config/vetoes";
import type { DeployedPlatform, PlatformStack } from "../engine/platformStack";
import { writeWhole } from "../lib/system/writeWhole";
import type { Waiting } from "../proof/proofRecord";
import { environmentFile } from "./environment";
import { type PinMove, markPins, movePins } from "./editPins";
import { type Move, mayMove } from "./mayMove";
import type { PromotionWorld, ReadyEnvironment } from "./prepareEnvironment";
import type { Problem } from "./problem";
import { putBack } from "./putBack";
import { messageOf } from "../lib/text/mendableError";

/** What is to be done in an environment that has just passed its checks. */
export interface EnvironmentMove {
    readonly world: PromotionWorld;
    readonly ready: ReadyEnvironment;
    /** What is done with each runtime's pin. */
    readonly moves: readonly Move[];
    /** The pins that are moved. */
    readonly pins: readonly PinMove[];
    /** Why the glass was broken, for the pins that stay as they are. */
    readonly breakGlass?: string;
    readonly message: string;
}

/** What is missing before a deployed pin is proven. */
export interface Unproven {
    /** Whether only time is missing. */
    readonly soaking: boolean;
    /** A sentence. */
    readonly why: string;
}

/** What came of it. */
export interface MoveOutcome {
    readonly problems: readonly Problem[];
    /** The runtimes that are deployed, and that the stack does not export yet. */
    readonly unproven: ReadonlyMap<string, Unproven>;
    /** The runtimes that the control plane accepted, and when. */
    readonly announced: ReadonlyMap<string, string>;
}

/**
 * Writes the pins, updates the stack, reads its outputs back, and tells the control plane of what is proven. When the update fails
 * before its outputs have moved, the file is put back, and so is the cluster. Whatever the moment of an interruption, the same
 * command run again finishes it. For whoever holds the promotion's lock, right after the checks.
 *
 * @throws Error where it could not even be begun
 */
export async function moveEnvironment(move: EnvironmentMove): Promise<MoveOutcome> {
    const { world, ready, moves, breakGlass } = move;
    const { environment, stack, text } = ready;
    const name = environmentFile(environment.name);
    const file = path.join(world.root, name);
    if (fs.readFileSync(file, "utf8") !== text) {
        throw new Error(
            `${name} was changed while this promotion was checked; expected it to stay: run it again`,
        );
    }
    const finished = moves
        .map(({ runtime }) => runtime)
        .filter((each) => !move.pins.some((pin) => pin.runtime === each));
    if (move.pins.length > 0 || (breakGlass !== undefined && finished.length > 0)) {
        const moved = movePins(text, move.pins);
        writeWhole(file, breakGlass === undefined ? moved : markPins(moved, finished, { breakGlass }));
    }
    if (stack === undefined) {
        return { problems: [], unproven: new Map(), announced: new Map() };
    }
    if (moves.some(({ act }) => act !== "announce")) {
        world.log(`${environment.name}: updating the platform stack`);
        const others =
            ready.off?.filter(({ runtime }) => !moves.some((each) => each.runtime === runtime)) ?? [];
        for (const { message } of others) {
            world.log(`${environment.name}: this update puts back what is not on its pin: ${message}`);
        }
        try {
            await stack.update(move.message, ready.refresh);
        } catch (error) {
            return afterFailure(move, file, stack, error);
        }
    }
    const { problems, unproven, proven } = judge(moves, await stack.readDeployed());
    const at = world.now().toISOString();
    const undated = proven.map(({ runtime }) => runtime).filter((runtime) => !isDated(move, runtime));
    if (undated.length > 0) {
        writeWhole(file, markPins(fs.readFileSync(file, "utf8"), undated, { deployedAt: at }));
    }
    const told = await tellControlPlane(move, file, proven);
    return { problems: [...problems, ...told.problems], unproven, announced: told.announced };
}

/** Whether somebody has written down already that a pin which stays as it is was deployed. */
function isDated({ ready, pins }: EnvironmentMove, runtime: string): boolean {
    return (
        !pins.some((pin) => pin.runtime === runtime) &&
        ready.environment.config.runtimes.get(runtime)?.deployedAt !== undefined
    );
}

/** The outcome of what went wrong as a whole. */
export function failed(error: unknown, more = ""): MoveOutcome {
    const message = `${messageOf(error)}${more}`;
    return { problems: [{ check: "update", message }], unproven: new Map(), announced: new Map() };
}

/** The update said that it succeeded; what the next stack reads is what counts. */
function judge(moves: readonly Move[], { images, pins, proof }: DeployedPlatform) {
    const problems: Problem[] = [];
    const unproven = new Map<string, Unproven>();
    const proven: Move[] = [];
    for (const move of moves) {
        const { runtime, digest } = move;
        const found = pins.get(runtime)?.image.digest;
        if (images.get(runtime)?.image.digest === digest && digest !== undefined) {
            proven.push(move);
        } else if (found === digest) {
            unproven.set(runtime, describeWaiting(proof.get(runtime)?.waiting, images.get(runtime)?.release));
        } else {
            const message = `the stack was updated, but its outputs have ${found === undefined ? "nothing" : `"${found}"`}; expected "${digest ?? ""}"`;
            problems.push({ check: "deployed", runtime, message });
        }
    }
    return { problems, unproven, proven };
}

function describeWaiting(waiting: Waiting | undefined, meanwhile: string | undefined): Unproven {
    const earliest = waiting?.earliest;
    const when =
        earliest === undefined ? "not proven" : `proven at ${earliest} at the earliest, by a later run`;
    const exported = meanwhile === undefined ? "no image of it" : `"${meanwhile}"`;
    const why = waiting === undefined ? "" : `: ${waiting.why.join("; ")}`;
    return {
        soaking: earliest !== undefined,
        why: `it is deployed, and ${when}${why}; until then the stack exports ${exported}`,
    };
}

/**
 * Puts the file back, unless the update got as far as its outputs: then the pins are the truth, and a file without them would be
 * older than what is deployed.
 */
async function afterFailure(
    move: EnvironmentMove,
    file: string,
    stack: PlatformStack,
    error: unknown,
): Promise<MoveOutcome> {
    const { world, ready, moves } = move;
    const name = environmentFile(ready.environment.name);
    let unknown = "";
    try {
        const { pins } = await stack.readDeployed();
        if (moves.every(({ runtime, digest }) => pins.get(runtime)?.image.digest === digest)) {
            return failed(error, `; the pins are deployed, and stay in ${name}`);
        }
    } catch (cause) {
        unknown = `; what is deployed could not be read (${(cause as Error).message})`;
    }
    writeWhole(file, ready.text);
    return failed(
        error,
        `${unknown}; ${name} is as it was before${await putBack(ready, stack, world, move.pins.length > 0)}`,
    );
}

async function tellControlPlane(move: EnvironmentMove, file: string, proven: readonly Move[]) {
    const { world, ready } = move;
    const problems: Problem[] = [];
    const announced = new Map<string, string>();
    for (const { runtime, act, digest } of ready.announce === undefined ? [] : proven) {
        const pin = ready.environment.config.runtimes.get(runtime);
        const isTold = pin?.image?.digest === digest && pin?.announcedAt !== undefined;
        if (digest === undefined || (isTold && act !== "announce")) {
            continue;
        }
        // The update took its time: a veto that came meanwhile is as absolute.
        const forbidden = mayMove([{ runtime, act: "announce", digest }], {
            environment: ready.environment,
            vetoes: readVetoes(world.root),
            now: world.now(),
        });
        if (forbidden.length > 0) {
            problems.push(...forbidden);
            continue;
        }
        try {
            world.log(`${ready.environment.name}: telling the control plane of ${runtime}`);
            await ready.announce?.(runtime, digest);
            const at = world.now().toISOString();
            announced.set(runtime, at);
            writeWhole(file, markPins(fs.readFileSync(file, "utf8"), [runtime], { announcedAt: at }));
        } catch (error) {
            problems.push({ check: "control-plane", runtime, message: (error as Error).message });
        }
    }
    return { problems, announced };
}
