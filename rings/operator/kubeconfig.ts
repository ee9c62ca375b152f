import * as crypto from "node:crypto";
import type { KubernetesObject } from "../../engine/evaluateProgram";

/** Where a pod's ServiceAccount is, and the API server of the cluster that it runs in. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const IN_CLUSTER = "https://kubernetes.default.svc";

/** The key of the ConfigMap, and the file's name. */
export const KUBECONFIG_KEY = "config";

/**
 * A ConfigMap with the kubeconfig that a program in a pod has: the stacks' context leads to the cluster that the pod runs in, by the
 * pod's own ServiceAccount. There is no credential in it. Its name follows from its content: another content is another volume.
 */
export function makeKubeconfig(context: string, namespace: string): KubernetesObject {
    const kubeconfig = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            {
                name: "in-cluster",
                cluster: { server: IN_CLUSTER, "certificate-authority": `${ACCOUNT}/ca.crt` },
            },
        ],
        users: [{ name: "service-account", user: { tokenFile: `${ACCOUNT}/token` } }],
        contexts: [{ name: context, context: { cluster: "in-cluster", user: "service-account" } }],
        "current-context": context,
    };
    const text = `${JSON.stringify(kubeconfig, undefined, 2)}\n`;
    const hash = crypto.createHash("sha256").update(text).digest("hex").slice(0, 10);
    return {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `fleet-kubeconfig-${hash}`, namespace },
        data: { [KUBECONFIG_KEY]: text },
        immutable: true,
    };
}
