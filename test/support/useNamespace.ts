import { CoreV1Api, KubernetesObjectApi } from "@kubernetes/client-node";
import type { SharedCluster } from "./sharedCluster";
import { until } from "./until";

/**
 * Gives the suite it is called in a namespace of its own, in which pods can be created, and deletes it afterwards.
 *
 * @param prefix What its name starts with; the process id follows.
 * @returns its name.
 */
export function useNamespace(
    cluster: () => SharedCluster,
    prefix: string,
    labels: Readonly<Record<string, string>> = {},
): string {
    const namespace = `${prefix}-${process.pid}`;
    let core: CoreV1Api | undefined;
    before(`namespace ${namespace}`, async function () {
        this.timeout(60_000);
        const objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
        const api = cluster().kubeConfig.makeApiClient(CoreV1Api);
        await objects.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
        core = api;
        await until("the default ServiceAccount", async () => {
            const { items } = await api.listNamespacedServiceAccount({ namespace });
            return items.find(({ metadata }) => metadata?.name === "default");
        });
    });
    after(`namespace ${namespace}`, async () => {
        // Hooks also run after a suite that was skipped before it had one.
        await core?.deleteNamespace({ name: namespace });
    });
    return namespace;
}
