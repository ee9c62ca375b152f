import { VersionApi } from "@kubernetes/client-node";
import { mkdir, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { stringify } from "yaml";
import { clusterVersions, requiredBinaries } from "./binaries";
import { choosePorts } from "./choosePorts";
import { clusterPaths, clustersDirectory, type ClusterPaths } from "./clusterPaths";
import { readClusterRecord, writeClusterRecord, type ClusterRecord } from "./clusterRecord";
import { clusterStatus } from "./clusterStatus";
import { apiServerUrl, connectCluster } from "./connectCluster";
import { maximumNodes } from "./createNodes";
import { endWithProcess } from "./endWithProcess";
import { ensureBinaries } from "./ensureBinary";
import { withFileLock } from "../../lib/system/fileLock";
import { kwokctlConfig, type KwokctlConfigInput } from "./kwokctlConfig";
import { processIdentity } from "../../lib/system/processIdentity";
import { runCommand } from "../../lib/system/runCommand";
import { removeCluster, stopAbandonedClusters, stopCluster } from "./stopCluster";
import { waitForCluster } from "./waitForCluster";

/** How a cluster is started. */
export interface StartClusterOptions {
    /** Clusters are told apart by name; see `clusterNamePattern`. */
    readonly name: string;
    /** Fake nodes, 3 by default; each has room for 5,000 pods. */
    readonly nodes?: number;
    /** Called with a line for each step that takes time. */
    readonly log?: (line: string) => void;
    /** Gives up, and removes what was started, when aborted. */
    readonly signal?: AbortSignal;
    /** Whether the cluster ends with this process (a test run's), even when that is killed: the next start ends it. */
    readonly owned?: boolean;
    /** The cache folder; `cacheDirectory()` by default. */
    readonly cache?: string;
}

/** A running cluster. */
export interface EmbeddedCluster {
    readonly name: string;
    /** A kubeconfig file with one context, certificates inside. No other kubeconfig was touched. */
    readonly kubeconfigPath: string;
    /** The name of that context. */
    readonly context: string;
    /** `https://127.0.0.1:<port>` */
    readonly apiServer: string;
    /** Ends the cluster and removes every trace of it. */
    readonly stop: () => Promise<void>;
}

/**
 * Starts a control plane on loopback, or finds the one of that name already running. What an earlier cluster of the
 * name left behind is removed first; when the start fails or is aborted, nothing stays behind.
 *
 * @throws Error when a binary cannot be had (see `ensureBinary`) or a component does not start; the signal's reason
 * when aborted.
 */
export async function startCluster(options: StartClusterOptions): Promise<EmbeddedCluster> {
    const { name, nodes = 3, log = () => undefined, signal, owned = false, cache } = options;
    const paths = clusterPaths(name, cache);
    if (!Number.isInteger(nodes) || nodes < 1 || nodes > maximumNodes) {
        throw new Error(`"${nodes}" nodes: expected a whole number from 1 to ${maximumNodes}`);
    }
    const binaryPaths = await ensureBinaries(requiredBinaries, { log, signal, cache });
    await stopAbandonedClusters(log, cache);
    const onWait = (holder: string) => {
        log(`waiting: ${holder} is starting or stopping cluster "${name}"`);
    };
    let callOff: (() => void) | undefined;
    const record = await withFileLock(
        paths.lock,
        async () => {
            // A healthy cluster on a busy machine must not be taken for a broken one, and removed.
            const { state } = await clusterStatus(name, { cache, patience: 30_000 });
            const existing = await readClusterRecord(paths);
            if (state === "running" && existing !== undefined) {
                log(`cluster "${name}" is already running with ${existing.nodes} nodes`);
                return existing;
            }
            if (state !== "absent") {
                log(`removing what an earlier cluster "${name}" left behind`);
                await removeCluster(paths);
            }
            callOff = owned ? endWithProcess(paths) : undefined;
            try {
                return await create(paths, binaryPaths, {
                    nodes,
                    log,
                    signal,
                    owned,
                    cache,
                });
            } catch (error) {
                await removeCluster(paths);
                callOff?.();
                throw error;
            }
        },
        { onWait, signal },
    );
    return {
        name,
        kubeconfigPath: paths.kubeconfig,
        context: paths.context,
        apiServer: apiServerUrl(record),
        stop: async () => {
            await stopCluster(name, cache);
            callOff?.();
        },
    };
}

interface CreateOptions {
    readonly nodes: number;
    readonly log: (line: string) => void;
    readonly signal: AbortSignal | undefined;
    readonly owned: boolean;
    readonly cache: string | undefined;
}

async function create(
    paths: ClusterPaths,
    binaryPaths: KwokctlConfigInput["binaryPaths"],
    { nodes, log, signal, owned, cache }: CreateOptions,
): Promise<ClusterRecord> {
    log(`starting cluster "${paths.name}": Kubernetes ${clusterVersions.kubernetes} on 127.0.0.1`);
    await mkdir(path.join(paths.directory, "bin"), { recursive: true, mode: 0o700 });
    const record = await withFileLock(
        path.join(clustersDirectory(cache), ".ports.lock"),
        async () => {
            const chosen: ClusterRecord = {
                schemaVersion: 1,
                name: paths.name,
                createdAt: new Date().toISOString(),
                kubernetesVersion: clusterVersions.kubernetes,
                nodes,
                ports: await choosePorts(cache),
                owner: owned ? (processIdentity(process.pid) ?? null) : null,
            };
            await writeClusterRecord(paths, chosen);
            return chosen;
        },
        { signal },
    );
    await writeFile(paths.kwokctlConfig, kwokctlConfig({ binaryPaths, ports: record.ports }));
    const kwokctl = await kwokctlRunner(paths, binaryPaths.kwokctl, signal);
    await kwokctl("create", "cluster", "--kubeconfig", "", "--config", path.join(__dirname, "stages.yaml"));
    const kubeConfig = await connectCluster(paths, record);
    const restart = async () => kwokctl("start", "cluster");
    await waitForCluster({ paths, kubeConfig, nodes, restart, log, signal });
    await writeFile(paths.kubeconfig, stringify(JSON.parse(kubeConfig.exportConfig())), { mode: 0o600 });
    const { gitVersion } = await kubeConfig.makeApiClient(VersionApi).getCode();
    const known = { ...record, kubernetesVersion: gitVersion };
    await writeClusterRecord(paths, known);
    return known;
}

/** Runs kwokctl for this cluster, away from the user's own kwok clusters, configuration and kubeconfig. */
async function kwokctlRunner(paths: ClusterPaths, binary: string, signal: AbortSignal | undefined) {
    // kwokctl asks kubectl whether the API answers, and downloads one where it finds none. We wait for more than that
    // ourselves, so the answer is always yes.
    const bin = path.join(paths.directory, "bin");
    await rm(path.join(bin, "kubectl"), { force: true });
    await writeFile(path.join(bin, "kubectl"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    const inherited = Object.entries(process.env).filter(([variable]) => !variable.startsWith("KWOK_"));
    const env = {
        ...Object.fromEntries(inherited),
        KWOK_WORKDIR: paths.kwokWorkDirectory,
        KUBECONFIG: path.join(paths.directory, "unused-kubeconfig"),
        PATH: `${bin}${path.delimiter}${process.env["PATH"] ?? ""}`,
    };
    return async (...args: readonly string[]) =>
        runCommand(binary, [...args, "--name", paths.name, "--config", paths.kwokctlConfig], {
            cwd: paths.directory,
            env,
            timeout: 120_000,
            signal,
        });
}
