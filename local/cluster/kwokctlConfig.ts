import { stringify } from "yaml";
import { clusterVersions, type requiredBinaries } from "./binaries";
import type { ClusterPorts } from "./clusterRecord";

/** What kwokctl is told about a cluster. */
export interface KwokctlConfigInput {
    /** Path of each binary. */
    readonly binaryPaths: Readonly<Record<(typeof requiredBinaries)[number], string>>;
    readonly ports: ClusterPorts;
}

/**
 * kwokctl's configuration file for a cluster on loopback. Every binary and port is named, so that kwokctl downloads
 * nothing and chooses nothing.
 *
 * @see https://kwok.sigs.k8s.io/docs/generated/apis/ (KwokctlConfiguration)
 */
export function kwokctlConfig({ binaryPaths, ports }: KwokctlConfigInput): string {
    return stringify({
        apiVersion: "config.kwok.x-k8s.io/v1alpha1",
        kind: "KwokctlConfiguration",
        options: {
            runtime: "binary",
            kubeVersion: clusterVersions.kubernetes,
            kwokVersion: clusterVersions.kwok,
            etcdVersion: clusterVersions.etcd.slice(1),
            // kwokctl's default is 0.0.0.0 for every component.
            bindAddress: "127.0.0.1",
            // TLS and client certificates, RBAC, and the default admission plugins: Pod Security, ResourceQuota,
            // LimitRanger, ServiceAccount and the rest, as on a real cluster.
            securePort: true,
            kubeAuthorization: true,
            kubeAdmission: true,
            disableQPSLimits: true,
            // A busy machine must not make nodes look dead: leases live ten times as long as the default 40 s.
            heartbeatFactor: 10,
            etcdPort: ports.etcd,
            etcdPeerPort: ports.etcdPeer,
            kubeApiserverPort: ports.apiServer,
            kubeControllerManagerPort: ports.controllerManager,
            kubeSchedulerPort: ports.scheduler,
            kwokControllerPort: ports.kwok,
            etcdBinary: binaryPaths.etcd,
            kubeApiserverBinary: binaryPaths["kube-apiserver"],
            kubeControllerManagerBinary: binaryPaths["kube-controller-manager"],
            kubeSchedulerBinary: binaryPaths["kube-scheduler"],
            kwokControllerBinary: binaryPaths.kwok,
        },
        componentsPatches: [
            // The data is thrown away with the cluster; waiting for the disk at each write only costs time.
            extraArgs("etcd", { "unsafe-no-fsync": "true" }),
            extraArgs("kube-apiserver", {
                // Else it looks for the address of a network interface, and fails on a machine that has none.
                "advertise-address": "127.0.0.1",
                // Endpoints may not be loopback addresses; nothing inside the cluster can call the API anyway.
                "endpoint-reconciler-type": "none",
            }),
        ],
    });
}

function extraArgs(name: string, args: Readonly<Record<string, string>>) {
    return { name, extraArgs: Object.entries(args).map(([key, value]) => ({ key, value })) };
}
