import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { ClusterPaths } from "./clusterPaths";

const port = z.int().min(1).max(65535);

const clusterRecordSchema = z.object({
    schemaVersion: z.literal(1),
    name: z.string(),
    /** ISO 8601. */
    createdAt: z.string(),
    /** As the API server reports it, e.g. `v1.36.3`. */
    kubernetesVersion: z.string(),
    nodes: z.int(),
    ports: z.object({
        etcd: port,
        etcdPeer: port,
        apiServer: port,
        controllerManager: port,
        scheduler: port,
        kwok: port,
    }),
    /** The process the cluster must not outlive; null for one that stays until `down`. */
    owner: z.object({ pid: z.int(), started: z.string() }).nullable(),
});

/** What is known of a cluster on disk, written before its first process starts. */
export type ClusterRecord = z.infer<typeof clusterRecordSchema>;

/** The ports of a cluster, all on 127.0.0.1. */
export type ClusterPorts = ClusterRecord["ports"];

/** The record of a cluster; undefined where there is none, or none that can be read (a start was interrupted). */
export async function readClusterRecord(paths: ClusterPaths): Promise<ClusterRecord | undefined> {
    const text = await readFile(paths.record, "utf8").catch(() => undefined);
    if (text === undefined) {
        return undefined;
    }
    try {
        return clusterRecordSchema.safeParse(JSON.parse(text)).data;
    } catch {
        return undefined;
    }
}

/** Writes the record of a cluster whose folder exists. */
export async function writeClusterRecord(paths: ClusterPaths, record: ClusterRecord): Promise<void> {
    await writeFile(paths.record, `${JSON.stringify(record, undefined, 2)}\n`);
}
