import * as fs from "node:fs";
import { describeMachine } from "../describeMachine";
import type { TimedRollout } from "./timedRollout";

/** What was measured of one size so far, the pods ready at once. */
export interface SizeMeasured {
    readonly orgs: number;
    readonly stacks: number;
    readonly firstUp: TimedRollout;
    readonly preview?: TimedRollout;
    readonly release?: TimedRollout;
    readonly rollback?: TimedRollout;
    /** Seconds of the kubectl loop. */
    readonly loop?: number;
}

/** What was measured of one size, the pods ready after a while. */
export interface SlowMeasured {
    readonly orgs: number;
    readonly stacks: number;
    readonly release: TimedRollout;
    /** Seconds of the loop, and until the last of its pods was ready. */
    readonly loop: number;
    readonly loopReady: number;
}

/** Everything that was measured in the same way, and with what. */
export interface Measurements {
    readonly machine: string;
    /** The engine's version. */
    readonly engine: string;
    /** Orgs of a stack. */
    readonly perStack: number;
    /** Stacks of a ring that were updated side by side, at most. */
    readonly parallel: number;
    /** How long the pods of the second table need, `30s`. */
    readonly slowness: string;
    readonly sizes: readonly SizeMeasured[];
    readonly slow: readonly SlowMeasured[];
}

/** The machine with what it measures. */
export function thisMachine(): string {
    return describeMachine(["@pulumi/pulumi", "@pulumi/kubernetes"]);
}

/**
 * What was measured by now together with what an earlier run has measured of other sizes, sorted by size. Only of the same machine, engine and
 * stacks: everything else cannot be held against it, and is left out.
 */
export function mergeMeasurements(earlier: Measurements | undefined, now: Measurements): Measurements {
    const same =
        earlier !== undefined &&
        (["machine", "engine", "perStack", "parallel", "slowness"] as const).every(
            (key) => earlier[key] === now[key],
        );
    const merge = <T extends { readonly orgs: number }>(old: readonly T[], own: readonly T[]) =>
        [...old.filter(({ orgs }) => !own.some((each) => each.orgs === orgs)), ...own].sort(
            (a, b) => a.orgs - b.orgs,
        );
    return same
        ? { ...now, sizes: merge(earlier.sizes, now.sizes), slow: merge(earlier.slow, now.slow) }
        : now;
}

/** Adds measurements to those of a file, and answers them all. */
export function keepMeasurements(file: string, now: Measurements): Measurements {
    const earlier = fs.existsSync(file)
        ? (JSON.parse(fs.readFileSync(file, "utf8")) as Measurements)
        : undefined;
    const all = mergeMeasurements(earlier, now);
    const round = (_: string, value: unknown) =>
        typeof value === "number" ? Math.round(value * 10) / 10 : value;
    fs.writeFileSync(file, `${JSON.stringify(all, round, 2)}\n`);
    return all;
}
