import * as path from "node:path";
import { cacheDirectory } from "../../lib/system/cacheDirectory";

/** The files of one cluster: everything it is lies in one folder, and is gone with it. */
export interface ClusterPaths {
    readonly name: string;
    /** The folder that holds all the rest. */
    readonly directory: string;
    /** Held while the cluster is started or stopped. */
    readonly lock: string;
    /** What the cluster is (see clusterRecord.ts). */
    readonly record: string;
    /** The kubeconfig for clients, certificates included. */
    readonly kubeconfig: string;
    /** kwokctl's configuration, written before it runs. */
    readonly kwokctlConfig: string;
    /** `KWOK_WORKDIR`: kwokctl keeps its own files below it. */
    readonly kwokWorkDirectory: string;
    /** The folder that kwokctl gives this cluster; each component's arguments name it. */
    readonly kwokCluster: string;
    /** One log file per component. */
    readonly logs: string;
    /** The name of the kubeconfig's one context. */
    readonly context: string;
}

/** What a cluster may be called: a DNS label of at most 30 characters. */
export const clusterNamePattern = /^[a-z0-9]([-a-z0-9]{0,28}[a-z0-9])?$/;

/** The folder that holds all clusters. */
export function clustersDirectory(cache: string = cacheDirectory()): string {
    return path.join(cache, "clusters");
}

/**
 * Where the files of cluster `name` are.
 *
 * @throws Error when the name is not one.
 */
export function clusterPaths(name: string, cache?: string): ClusterPaths {
    if (!clusterNamePattern.test(name)) {
        throw new Error(
            `"${name}" cannot be a cluster's name: expected at most 30 lower-case letters, digits and dashes`,
        );
    }
    const clusters = clustersDirectory(cache);
    const directory = path.join(clusters, name);
    const kwokWorkDirectory = path.join(directory, "kwok");
    const kwokCluster = path.join(kwokWorkDirectory, "clusters", name);
    return {
        name,
        directory,
        lock: path.join(clusters, `.${name}.lock`),
        record: path.join(directory, "cluster.json"),
        kubeconfig: path.join(directory, "kubeconfig"),
        kwokctlConfig: path.join(directory, "kwokctl.yaml"),
        kwokWorkDirectory,
        kwokCluster,
        logs: path.join(kwokCluster, "logs"),
        context: `customer-orgs-${name}`,
    };
}
