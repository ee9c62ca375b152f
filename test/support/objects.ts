import { AppsV1Api, CoreV1Api, type V1Namespace } from "@kubernetes/client-node";
import type { SharedCluster } from "./sharedCluster";

/** The images of a namespace's Deployments, by name. */
export async function imagesIn(cluster: SharedCluster, namespace: string): Promise<Record<string, string>> {
    const apps = cluster.kubeConfig.makeApiClient(AppsV1Api);
    const { items } = await apps.listNamespacedDeployment({ namespace });
    return Object.fromEntries(
        items.map(({ metadata, spec }) => [
            metadata?.name ?? "",
            spec?.template.spec?.containers[0]?.image ?? "",
        ]),
    );
}

/** A namespace, or nothing when there is none of the name. */
export async function namespaceNamed(cluster: SharedCluster, name: string): Promise<V1Namespace | undefined> {
    const core = cluster.kubeConfig.makeApiClient(CoreV1Api);
    const { items } = await core.listNamespace({ fieldSelector: `metadata.name=${name}` });
    return items[0];
}
