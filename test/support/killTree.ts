import { execFileSync } from "node:child_process";
import * as fs from "node:fs";

/** Kills a process and all that it has started, the engine among them, leaving none the time to do anything. */
export function killTree(pid: number): void {
    const processes = listParents();
    const tree = [pid];
    for (const each of tree) {
        tree.push(...processes.flatMap(([child, parent]) => (parent === each ? [child] : [])));
    }
    for (const each of tree) {
        try {
            process.kill(each, "SIGKILL");
        } catch {
            // It ended meanwhile.
        }
    }
}

/** Every process with the one that started it. */
function listParents(): readonly (readonly [number, number])[] {
    if (process.platform !== "linux") {
        const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
        return rows.map((row) => {
            const [pid = 0, parent = 0] = row.trim().split(/\s+/).map(Number);
            return [pid, parent];
        });
    }
    const pids = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid) => {
        try {
            // Behind the command, which is in parentheses and may have spaces in it: state and parent.
            const [, parent = ""] = /\) \S (\d+) /.exec(fs.readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
            return [[Number(pid), Number(parent)] as const];
        } catch {
            return []; // It ended meanwhile.
        }
    });
}
