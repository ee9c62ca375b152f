import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { clusterNamePattern, clusterPaths, clustersDirectory } from "./clusterPaths";
import { readClusterRecord, type ClusterPorts } from "./clusterRecord";

/**
 * Ports are taken from below the range that Linux (32768 up) and macOS (49152 up) hand out for outgoing connections,
 * which might otherwise sit on one between its choice and its use; and below Kubernetes' node ports (30000 up).
 */
const firstPort = 20_000;
const lastPort = 29_999;

/**
 * Chooses free ports on 127.0.0.1 for a new cluster, apart from those that the records of other clusters name (a
 * cluster that is being started does not listen yet). Call it, and write the record, under one lock.
 *
 * @throws Error when no free port is found.
 */
export async function choosePorts(cache?: string): Promise<ClusterPorts> {
    const taken = await recordedPorts(cache);
    const next = async (): Promise<number> => {
        for (let attempt = 0; attempt < 200; attempt++) {
            const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort + 1));
            if (!taken.has(port) && (await isFree(port))) {
                taken.add(port);
                return port;
            }
        }
        throw new Error(`no free port found on 127.0.0.1 between ${firstPort} and ${lastPort}`);
    };
    return {
        etcd: await next(),
        etcdPeer: await next(),
        apiServer: await next(),
        controllerManager: await next(),
        scheduler: await next(),
        kwok: await next(),
    };
}

async function recordedPorts(cache?: string): Promise<Set<number>> {
    const names = await readdir(clustersDirectory(cache)).catch((): string[] => []);
    const records = await Promise.all(
        names
            .filter((name) => clusterNamePattern.test(name))
            .map((name) => readClusterRecord(clusterPaths(name, cache))),
    );
    return new Set(records.flatMap((record) => Object.values(record?.ports ?? {})));
}

async function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = createServer();
        server.once("error", () => {
            resolve(false);
        });
        server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
            server.close(() => {
                resolve(true);
            });
        });
    });
}
