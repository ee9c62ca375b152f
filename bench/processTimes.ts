import * as fs from "node:fs";
import { PACKAGE_ROOT } from "../lib/system/packageRoot";
import { runCommand } from "../lib/system/runCommand";
import { median } from "./median";

/** A program with its arguments. */
export type CommandLine = readonly [string, ...string[]];

/** Runs a program to its end, whatever its exit code. */
export function runWhole([command, ...args]: CommandLine) {
    return runCommand(command, args, { mayFail: true, keep: 64 * 1024 * 1024, cwd: PACKAGE_ROOT });
}

/** Seconds of whole processes. */
export interface ProcessTimes {
    readonly median: number;
    /** Of the run that the machine disturbed least. */
    readonly least: number;
    /** The processors' seconds, of the median run; NaN where the system does not tell (only Linux does). */
    readonly cpu: number;
}

/** Runs programs several times, in turn, so that each sees the same disturbances of the machine. */
export async function processTimes(
    commands: readonly CommandLine[],
    rounds: number,
): Promise<ProcessTimes[]> {
    const times = commands.map(() => ({ wall: [] as number[], cpu: [] as number[] }));
    for (let round = 0; round < rounds; round++) {
        for (const [index, command] of commands.entries()) {
            const started = performance.now();
            const before = childrenCpu();
            await runWhole(command);
            times[index]?.cpu.push(childrenCpu() - before);
            times[index]?.wall.push((performance.now() - started) / 1000);
        }
    }
    return times.map(({ wall, cpu }) => ({
        median: median(wall),
        least: Math.min(...wall),
        cpu: median(cpu),
    }));
}

/** The processors' seconds of all processes that this one has waited for: fields 16 and 17 of /proc/self/stat, in hundredths. */
export function childrenCpu(): number {
    try {
        const stat = fs.readFileSync("/proc/self/stat", "utf8");
        // The second field is the command in brackets and may hold anything.
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return (Number(fields[13]) + Number(fields[14])) / 100;
    } catch {
        return NaN;
    }
}
