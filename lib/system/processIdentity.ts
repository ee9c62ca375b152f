import { execFileSync } from "node:child_process";
import * as fs from "node:fs";

/**
 * A running process, told apart from a later one that was given the same id: its id and what the system says of its
 * start (an opaque text, compared only for equality).
 */
export interface ProcessIdentity {
    readonly pid: number;
    readonly started: string;
}

/** The identity of a running process; undefined when none has this id (a zombie has ended: it counts as none). */
export function processIdentity(pid: number): ProcessIdentity | undefined {
    const started = process.platform === "linux" ? startFromProc(pid) : startFromPs(pid);
    return started === undefined ? undefined : { pid, started };
}

/** Whether exactly this process, not another one with its id, is still running. */
export function isStillRunning(identity: ProcessIdentity): boolean {
    return processIdentity(identity.pid)?.started === identity.started;
}

function startFromProc(pid: number): string | undefined {
    let stat: string;
    try {
        stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    } catch {
        return undefined;
    }
    // The second field is the command in brackets and may hold anything; the state follows, the start is field 22.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
}

function startFromPs(pid: number): string | undefined {
    try {
        const line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
        }).trim();
        return line === "" || line.startsWith("Z") ? undefined : line.replace(/^\S+\s+/, "");
    } catch {
        return undefined;
    }
}
