import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { describeOtherCluster } from "../config/clusterIdentity";
import { promiseOf } from "./promiseOf";

/** The cluster that a stack deploys to. */
export interface ClusterArgs {
    /** The kubeconfig context. */
    readonly kubeContext: string;
    /** Path of the kubeconfig; the environment's own when left out. */
    readonly kubeconfig?: string;
    /** Requests a second, and at once, that the provider may send; its own 50 and 120 make a release over many orgs wait for nothing. */
    readonly requests?: { readonly qps: number; readonly burst: number };
}

/** A connection that has been checked to lead to the same cluster as last time. */
export interface Cluster {
    readonly provider: kubernetes.Provider;
    /** The uid of the namespace `kube-system`: what Kubernetes itself has for a cluster's identity. */
    readonly uid: pulumi.Output<string>;
}

/**
 * Connects to the cluster of a kubeconfig context, and stops when it is another one than this stack was applied to before:
 * a context's name can be pointed elsewhere, and the stack would then create every org a second time.
 *
 * The identity is kept in the stack's state by a `Stash`, whose output stays what it was first given. Everything is created
 * through a provider that waits for the comparison, so nothing is changed in the wrong cluster.
 *
 * @throws RunError with both clusters where they differ
 */
export async function connectCluster(args: ClusterArgs): Promise<Cluster> {
    const connection = { context: args.kubeContext, kubeconfig: args.kubeconfig };
    const probe = new kubernetes.Provider("cluster-identity", connection);
    const kubeSystem = kubernetes.core.v1.Namespace.get("cluster-identity", "kube-system", {
        provider: probe,
    });
    const found = kubeSystem.metadata.uid;
    const known = new pulumi.Stash("cluster-identity", { input: found }).output as pulumi.Output<string>;
    const uid = pulumi.all([known, found]).apply(([before, now]) => {
        if (before !== now) {
            throw new pulumi.RunError(describeOtherCluster(args.kubeContext, before, now));
        }
        return now;
    });
    // Whatever is declared before would fail for it too, each in the engine's words.
    await promiseOf(uid);
    const provider = new kubernetes.Provider("cluster", {
        ...connection,
        clusterIdentifier: uid,
        kubeClientSettings: args.requests,
    });
    return { provider, uid };
}
