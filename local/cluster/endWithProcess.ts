import * as fs from "node:fs";
import type { ClusterPaths } from "./clusterPaths";
import { killClusterProcesses } from "./clusterProcesses";
import { abandonFileLock } from "../../lib/system/fileLock";

/**
 * Makes a cluster end with this process: at its exit and at the signals that ask it to end. (A process that is killed
 * outright can do nothing; the next start ends what it left, see `stopAbandonedClusters`.)
 *
 * @returns a function that calls this off, for a cluster that was stopped before.
 */
export function endWithProcess(paths: ClusterPaths): () => void {
    const end = () => {
        // Looked for again: kwokctl may just have started a component when it was killed.
        for (let attempt = 0; attempt < 50 && killClusterProcesses(paths) > 0; attempt++) {
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        }
        fs.rmSync(paths.directory, { recursive: true, force: true });
        abandonFileLock(paths.lock);
    };
    const onSignal = (signal: NodeJS.Signals) => {
        end();
        // Once these listeners are gone, the signal does what it would have done without them.
        callOff();
        if (process.listenerCount(signal) === 0) {
            process.kill(process.pid, signal);
        }
    };
    const signals = ["SIGTERM", "SIGHUP", "SIGINT"] as const;
    const callOff = () => {
        process.off("exit", end);
        signals.forEach((signal) => process.off(signal, onSignal));
    };
    process.on("exit", end);
    signals.forEach((signal) => process.on(signal, onSignal));
    return callOff;
}
