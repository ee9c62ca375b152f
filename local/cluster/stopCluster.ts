import { access, readdir, rm } from "node:fs/promises";
import { clusterNamePattern, clusterPaths, clustersDirectory, type ClusterPaths } from "./clusterPaths";
import { endClusterProcesses, findClusterProcesses } from "./clusterProcesses";
import { readClusterRecord } from "./clusterRecord";
import { withFileLock } from "../../lib/system/fileLock";
import { isStillRunning } from "../../lib/system/processIdentity";

/** Ends a cluster and removes every trace of it, whatever state it is in; false when there was none. */
export async function stopCluster(name: string, cache?: string): Promise<boolean> {
    const paths = clusterPaths(name, cache);
    return withFileLock(paths.lock, async () => {
        const exists = await access(paths.directory).then(
            () => true,
            () => findClusterProcesses(paths).length > 0,
        );
        await removeCluster(paths);
        return exists;
    });
}

/** Ends what runs of a cluster and removes its folder. The caller holds the cluster's lock. */
export async function removeCluster(paths: ClusterPaths): Promise<void> {
    await endClusterProcesses(paths);
    await rm(paths.directory, { recursive: true, force: true, maxRetries: 3 });
}

/** Stops the clusters whose owner (a test run that was killed, say) has ended without stopping them. */
export async function stopAbandonedClusters(log: (line: string) => void, cache?: string): Promise<void> {
    const names = await readdir(clustersDirectory(cache)).catch((): string[] => []);
    for (const name of names.filter((entry) => clusterNamePattern.test(entry))) {
        const record = await readClusterRecord(clusterPaths(name, cache));
        if (record?.owner != null && !isStillRunning(record.owner)) {
            log(`stopping cluster "${name}": process ${record.owner.pid}, which it belonged to, has ended`);
            await stopCluster(name, cache);
        }
    }
}
