import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";
import { childrenCpu } from "../processTimes";
import { watchMemory } from "./memoryOfTree";
import { STACKS, type StackedFleet } from "./stackedFleet";

/** One `fleet rollout`, from its start to its end. */
export interface TimedRollout {
    readonly seconds: number;
    /** The processors' seconds of all of them; NaN where the system does not tell. */
    readonly cpu: number;
    /** The most memory of it, its engines, programs and providers together, in MB. */
    readonly megabytes: number;
}

/**
 * Runs `fleet rollout` over all stacks in a process of its own, as an operator does, and hands on what it says with the second at which
 * it was said.
 *
 * @throws Error with the last of what it said where not every stack has proven it
 */
export async function timedRollout(
    fleet: StackedFleet,
    more: readonly string[],
    log: (line: string) => void,
): Promise<TimedRollout> {
    const start = performance.now();
    const before = childrenCpu();
    const elapsed = () => (performance.now() - start) / 1000;
    const child = spawn(
        process.execPath,
        [
            "--max-semi-space-size=4",
            "commands/fleet.mjs",
            "rollout",
            STACKS,
            "--project",
            fleet.project,
            ...more,
        ],
        { cwd: PACKAGE_ROOT, env: { ...process.env, ...fleet.env }, stdio: ["ignore", "ignore", "pipe"] },
    );
    const memory = watchMemory(child.pid ?? NaN);
    const said: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
        said.push(line);
        log(`  ${elapsed().toFixed(1).padStart(6)} s  ${line}`);
    });
    const code = await new Promise<number | null>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", resolve);
    });
    const measured = { seconds: elapsed(), cpu: childrenCpu() - before, megabytes: memory.peak() };
    if (code !== 0) {
        throw new Error(`fleet rollout ended with ${code ?? "a signal"}:\n${said.slice(-20).join("\n")}`);
    }
    return measured;
}
