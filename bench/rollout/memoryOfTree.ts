import * as fs from "node:fs";

/** Milliseconds between two looks: an engine's process lives for seconds. */
const EVERY_MS = 500;

/** The memory of a process and of everything that it starts, while it runs. */
export interface TreeMemory {
    /** Ends the looking, and answers the most that all of them had at one moment, in MB; NaN where the system does not tell. */
    readonly peak: () => number;
}

/**
 * Looks at a process and all its descendants, twice a second. A page that several of them share is counted once: the proportional set
 * size of `/proc/<pid>/smaps_rollup`, which only Linux has.
 */
export function watchMemory(root: number): TreeMemory {
    let most = NaN;
    const timer = setInterval(() => {
        const kilobytes = treeOf(root).reduce((sum, pid) => sum + proportionalSize(pid), 0);
        most = kilobytes > 0 ? Math.max(most || 0, kilobytes / 1024) : most;
    }, EVERY_MS);
    return {
        peak: () => {
            clearInterval(timer);
            return most;
        },
    };
}

/** The process and its descendants. */
function treeOf(root: number): readonly number[] {
    const children = Map.groupBy(
        readSafely("/proc", (directory) => fs.readdirSync(directory))
            .filter((name) => /^\d+$/.test(name))
            .map(Number),
        parentOf,
    );
    const tree = [root];
    for (const pid of tree) {
        tree.push(...(children.get(pid) ?? []));
    }
    return tree;
}

/** Its second field, the command in brackets, may hold anything; the parent is the second one behind it. */
function parentOf(pid: number): number {
    const [stat = ""] = readSafely(`/proc/${pid}/stat`, (file) => [fs.readFileSync(file, "utf8")]);
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

function proportionalSize(pid: number): number {
    const [text = ""] = readSafely(`/proc/${pid}/smaps_rollup`, (file) => [fs.readFileSync(file, "utf8")]);
    return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
}

/** A process may end while it is read. */
function readSafely(path: string, read: (path: string) => string[]): string[] {
    try {
        return read(path);
    } catch {
        return [];
    }
}
