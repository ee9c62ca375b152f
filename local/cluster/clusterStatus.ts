import { access } from "node:fs/promises";
import { clusterComponents, findClusterProcesses, type ClusterComponent } from "./clusterProcesses";
import { clusterPaths } from "./clusterPaths";
import { readClusterRecord } from "./clusterRecord";
import { pause } from "../../lib/system/pause";
import { apiServerUrl, connectCluster, isApiReady } from "./connectCluster";

/** What is there of a cluster. */
export interface ClusterStatus {
    readonly name: string;
    /** `running`: every component runs and the API answers; `broken`: something is there, but not that; `absent`. */
    readonly state: "running" | "broken" | "absent";
    /** The process id of each component; null where it does not run. */
    readonly components: Readonly<Record<ClusterComponent, number | null>>;
    /** The rest is null where no record tells it. */
    readonly apiServer: string | null;
    readonly context: string | null;
    readonly kubeconfig: string | null;
    readonly kubernetesVersion: string | null;
    readonly nodes: number | null;
    readonly createdAt: string | null;
}

/** How a cluster is looked at. */
export interface ClusterStatusOptions {
    /** The cache folder; `cacheDirectory()` by default. */
    readonly cache?: string;
    /** Milliseconds in which an API server that is too busy to answer is asked again; by default it is not. */
    readonly patience?: number;
}

/** Looks at a cluster without changing anything. */
export async function clusterStatus(
    name: string,
    { cache, patience = 0 }: ClusterStatusOptions = {},
): Promise<ClusterStatus> {
    const start = Date.now();
    const paths = clusterPaths(name, cache);
    const record = await readClusterRecord(paths);
    const processes = findClusterProcesses(paths);
    const pids = clusterComponents.map(
        (component) => processes.find((running) => running.component === component)?.pid ?? null,
    );
    const exists = await access(paths.directory).then(
        () => true,
        () => false,
    );
    const isReady = async () =>
        record !== undefined &&
        !pids.includes(null) &&
        (await connectCluster(paths, record).then(isApiReady, () => false));
    let running = await isReady();
    while (!running && !pids.includes(null) && Date.now() - start < patience) {
        await pause(500);
        running = await isReady();
    }
    return {
        name,
        state: running ? "running" : exists || processes.length > 0 ? "broken" : "absent",
        components: Object.fromEntries(
            clusterComponents.map((component, index) => [component, pids[index] ?? null]),
        ) as ClusterStatus["components"],
        apiServer: record === undefined ? null : apiServerUrl(record),
        context: record === undefined ? null : paths.context,
        kubeconfig: record === undefined ? null : paths.kubeconfig,
        kubernetesVersion: record?.kubernetesVersion ?? null,
        nodes: record?.nodes ?? null,
        createdAt: record?.createdAt ?? null,
    };
}
