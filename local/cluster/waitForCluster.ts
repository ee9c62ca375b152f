import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { pause } from "../../lib/system/pause";
import { clusterComponents, findClusterProcesses, type ClusterComponent } from "./clusterProcesses";
import type { ClusterPaths } from "./clusterPaths";
import { isApiReady } from "./connectCluster";
import { createNodes } from "./createNodes";

/** What a new cluster is waited for with. */
export interface WaitForClusterOptions {
    readonly paths: ClusterPaths;
    readonly kubeConfig: KubeConfig;
    readonly nodes: number;
    /** Starts again the components that have ended. */
    readonly restart: () => Promise<unknown>;
    readonly log: (line: string) => void;
    readonly signal?: AbortSignal;
}

/** Milliseconds a cluster may take; five seconds is usual, a machine busy with a build needs more. */
const patience = 180_000;

/** How often components that ended are started again: controllers give up on an API server that is slow to start. */
const maximumRestarts = 3;

/**
 * Waits until the API server answers, adds the nodes, and waits until pods could run: nodes ready and the default
 * ServiceAccount there, without which pods are refused.
 *
 * @throws Error that names the component that ended, with the end of its log, or what is still missing.
 */
export async function waitForCluster(options: WaitForClusterOptions): Promise<void> {
    const { kubeConfig, nodes, log } = options;
    const api = kubeConfig.makeApiClient(CoreV1Api);
    await until("the API server to be ready", options, () => isApiReady(kubeConfig));
    log(`API server ready; adding ${nodes} nodes`);
    await createNodes(kubeConfig, nodes);
    await until(`${nodes} nodes to be ready`, options, async () => {
        const { items } = await api.listNode();
        const ready = items.filter(({ status }) =>
            status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"),
        );
        // The taint that keeps pods away goes a moment after the condition.
        return ready.filter(({ spec }) => spec?.taints === undefined).length === nodes;
    });
    await until("the default ServiceAccount", options, async () => {
        const { items } = await api.listNamespacedServiceAccount({ namespace: "default" });
        return items.some(({ metadata }) => metadata?.name === "default");
    });
}

async function until(
    what: string,
    { paths, restart, log, signal }: WaitForClusterOptions,
    condition: () => Promise<boolean>,
): Promise<void> {
    const start = Date.now();
    let restarts = 0;
    while (!(await condition())) {
        signal?.throwIfAborted();
        const ended = endedComponents(paths);
        if (ended.length > 0) {
            if (restarts === maximumRestarts) {
                throw new Error(`${await describeEnd(paths, ended)}\nwhile waiting for ${what}`);
            }
            restarts++;
            log(`starting ${ended.join(", ")} again`);
            await restart();
        }
        if (Date.now() - start > patience) {
            throw new Error(`waited ${patience / 1000} s for ${what}; the logs are in ${paths.logs}`);
        }
        await pause(200, signal);
    }
}

/** The components of a cluster that are not running. */
function endedComponents(paths: ClusterPaths): ClusterComponent[] {
    const running = new Set(findClusterProcesses(paths).map(({ component }) => component));
    return clusterComponents.filter((component) => !running.has(component));
}

async function describeEnd(paths: ClusterPaths, ended: readonly ClusterComponent[]): Promise<string> {
    const ends = await Promise.all(
        ended.map(async (component) => {
            const log = await readFile(path.join(paths.logs, `${component}.log`), "utf8").catch(
                () => "(no log)",
            );
            return `${component} ended:\n${log.trimEnd().split("\n").slice(-10).join("\n")}`;
        }),
    );
    return ends.join("\n");
}
