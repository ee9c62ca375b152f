import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { pause } from "../../lib/system/pause";
import type { ClusterPaths } from "./clusterPaths";
import { isStillRunning, processIdentity, type ProcessIdentity } from "../../lib/system/processIdentity";

/** The processes that make up a running cluster. */
export const clusterComponents = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok-controller",
] as const;

/** One of them. */
export type ClusterComponent = (typeof clusterComponents)[number];

/** A process that belongs to a cluster. */
export interface ClusterProcess extends ProcessIdentity {
    readonly component: ClusterComponent | "kwokctl";
}

/**
 * The running processes of a cluster, found by how they were started and not by pid files: a start that was
 * interrupted leaves components that no file knows of, and a stale file names a process that is somebody else's now.
 * kwokctl starts each component through a link in the cluster's own folder.
 */
export function findClusterProcesses(paths: ClusterPaths): ClusterProcess[] {
    const links = clusterComponents.map((component) => ({
        component,
        link: path.join(paths.kwokCluster, "bin", component),
    }));
    return listProcesses().flatMap(({ pid, commandLine }) => {
        const component =
            links.find(({ link }) => commandLine === link || commandLine.startsWith(`${link} `))?.component ??
            (commandLine.includes(`--config ${paths.kwokctlConfig}`) ? "kwokctl" : undefined);
        const identity = component === undefined ? undefined : processIdentity(pid);
        return component === undefined || identity === undefined ? [] : [{ ...identity, component }];
    });
}

/**
 * Ends every process of a cluster and waits until they are gone. They are killed, not asked: a cluster's state is
 * thrown away with it, so there is nothing to save, and an API server asked politely takes many seconds.
 *
 * @throws Error when a process is still there after 10 s.
 */
export async function endClusterProcesses(paths: ClusterPaths): Promise<void> {
    // Looked for again until none is found: kwokctl, ended in the same breath, may just have started another one.
    for (let attempt = 0; attempt < 100 && killClusterProcesses(paths) > 0; attempt++) {
        await pause(100);
    }
    const left = findClusterProcesses(paths).map(({ component, pid }) => `${component} (${pid})`);
    if (left.length > 0) {
        throw new Error(`could not end ${left.join(", ")} of cluster "${paths.name}"`);
    }
}

/** Kills the processes of a cluster that are running now, waits for none, and returns how many there were. */
export function killClusterProcesses(paths: ClusterPaths): number {
    const found = findClusterProcesses(paths);
    for (const running of found.filter(isStillRunning)) {
        try {
            process.kill(running.pid, "SIGKILL");
        } catch {
            // It ended meanwhile.
        }
    }
    return found.length;
}

function listProcesses(): { pid: number; commandLine: string }[] {
    if (process.platform === "linux") {
        return fs
            .readdirSync("/proc")
            .filter((entry) => /^\d+$/.test(entry))
            .flatMap((entry) => {
                try {
                    const commandLine = fs
                        .readFileSync(`/proc/${entry}/cmdline`, "utf8")
                        .replaceAll("\0", " ");
                    return [{ pid: Number(entry), commandLine }];
                } catch {
                    return []; // It ended meanwhile.
                }
            });
    }
    return execFileSync("ps", ["-axww", "-o", "pid=,args="], {
        encoding: "utf8",
        maxBuffer: 64 * 1024 * 1024,
    })
        .split("\n")
        .flatMap((line) => {
            const [, pid, commandLine] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
            return pid === undefined || commandLine === undefined ? [] : [{ pid: Number(pid), commandLine }];
        });
}
