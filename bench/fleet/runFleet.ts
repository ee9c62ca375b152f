import { spawn } from "node:child_process";
import { PACKAGE_ROOT } from "../../lib/system/packageRoot";

/** Prints the most memory that the process ever had, in kilobytes, when it ends. */
const REPORT_MEMORY =
    'data:text/javascript,process.on("exit",()=>process.stderr.write("maxRSS="+process.resourceUsage().maxRSS+"\\n"))';

/** Those of `npm run fleet` and of the launcher's first line. */
const NODE_FLAGS = ["--max-semi-space-size=4"];

/** One run of the CLI, from its start to its end. */
export interface FleetRun {
    readonly seconds: number;
    /** The most memory, in MB. */
    readonly megabytes: number;
    /** The last line that it printed. */
    readonly counts: string;
}

/** Runs the CLI in a process of its own, as `npm run fleet` does: Node's start is part of the time. */
export async function runFleet(args: readonly string[]): Promise<FleetRun> {
    const start = performance.now();
    const child = spawn(
        process.execPath,
        [...NODE_FLAGS, "--import", REPORT_MEMORY, "commands/fleet.mjs", ...args],
        {
            cwd: PACKAGE_ROOT,
            stdio: ["ignore", "pipe", "pipe"],
        },
    );
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    const seconds = (performance.now() - start) / 1000;
    const counts = output.trim().split("\n").at(-1) ?? "";
    if (!counts.startsWith("updated=")) {
        throw new Error(`fleet ${args.join(" ")} ended with ${code ?? "a signal"}: ${errors}`);
    }
    return { seconds, megabytes: Number(/maxRSS=(\d+)/.exec(errors)?.[1] ?? 0) / 1024, counts };
}
