import { KubernetesObjectApi, type KubeConfig } from "@kubernetes/client-node";
import { clusterVersions } from "./binaries";

/** Room for pods on each node. A kubelet's default is 110; nothing runs here, so it is only a number. */
const podsPerNode = 5_000;

/** Nodes that are too many to address: each has a /16 of its own for its pods, below 10.0.0.0/8. */
export const maximumNodes = 100;

/** Creates the nodes `node-0` … that kwok then plays the kubelet of. */
export async function createNodes(kubeConfig: KubeConfig, count: number): Promise<void> {
    const api = KubernetesObjectApi.makeApiClient(kubeConfig);
    await Promise.all(Array.from({ length: count }, async (_, index) => api.create(fakeNode(index))));
}

function fakeNode(index: number) {
    const name = `node-${index}`;
    const room = { cpu: "1k", memory: "4Ti", "ephemeral-storage": "10Ti", pods: String(podsPerNode) };
    return {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
            name,
            labels: {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                type: "kwok",
            },
            annotations: { "node.alpha.kubernetes.io/ttl": "0", "kwok.x-k8s.io/node": "fake" },
        },
        // 10.0.0.0/24 holds the cluster's Services.
        spec: { podCIDR: `10.${index + 100}.0.0/16`, podCIDRs: [`10.${index + 100}.0.0/16`] },
        status: {
            // A documentation address (RFC 5737): a pod's hostIP, which nothing listens on.
            addresses: [
                { type: "InternalIP", address: `192.0.2.${index + 1}` },
                { type: "Hostname", address: name },
            ],
            allocatable: room,
            capacity: room,
            nodeInfo: {
                architecture: "amd64",
                bootID: "",
                containerRuntimeVersion: `kwok://${clusterVersions.kwok.slice(1)}`,
                kernelVersion: "",
                kubeProxyVersion: "",
                kubeletVersion: clusterVersions.kubernetes,
                machineID: "",
                operatingSystem: "linux",
                osImage: "",
                systemUUID: "",
            },
        },
    };
}
