import { Health, KubeConfig } from "@kubernetes/client-node";
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import type { ClusterPaths } from "./clusterPaths";
import type { ClusterRecord } from "./clusterRecord";

/** The address of a cluster's API server. */
export function apiServerUrl(record: ClusterRecord): string {
    return `https://127.0.0.1:${record.ports.apiServer}`;
}

/**
 * A kubeconfig with one context and the certificates inside, so that the file alone is enough. kwokctl's own names
 * files in the cluster's folder.
 */
export async function connectCluster(paths: ClusterPaths, record: ClusterRecord): Promise<KubeConfig> {
    const pki = async (file: string) => readFile(path.join(paths.kwokCluster, "pki", file), "base64");
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromOptions({
        clusters: [{ name: paths.context, server: apiServerUrl(record), caData: await pki("ca.crt") }],
        users: [{ name: paths.context, certData: await pki("admin.crt"), keyData: await pki("admin.key") }],
        contexts: [{ name: paths.context, cluster: paths.context, user: paths.context }],
        currentContext: paths.context,
    });
    return kubeConfig;
}

/** Milliseconds within which a healthy API server answers; more only on an overloaded machine. */
const answerTimeout = 5_000;

/** Whether the API server calls itself ready; false also when nothing answers in time. */
export async function isApiReady(kubeConfig: KubeConfig): Promise<boolean> {
    const signal = AbortSignal.timeout(answerTimeout);
    return new Health(kubeConfig).readyz({ signal }).catch(() => false);
}
