import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import type { ClusterComponent } from "../../local/cluster/clusterProcesses";
import { clusterStatus } from "../../local/cluster/clusterStatus";

/** Kills one component of an embedded cluster; what is returned starts the same again. How it was started is read from /proc. */
export async function killComponent(cluster: string, component: ClusterComponent): Promise<() => void> {
    const pid = (await clusterStatus(cluster)).components[component];
    assert.ok(pid !== null, `${component} does not run`);
    const [command = "", ...args] = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    const cwd = fs.readlinkSync(`/proc/${pid}/cwd`);
    process.kill(pid, "SIGKILL");
    return () => {
        spawn(command, args, { cwd, stdio: "ignore", detached: true }).unref();
    };
}
