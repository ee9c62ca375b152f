import type { KubeClient } from "../../kube/kubeClient";

/** Changes what the node says that every container of an org's pods runs. */
export async function setImageID(client: KubeClient, org: string, imageID: string): Promise<void> {
    const path = `/api/v1/namespaces/org-${org}/pods`;
    const { items } = (await client.request({ path })) as {
        items: { metadata: { name: string }; status: { containerStatuses: object[] } }[];
    };
    for (const { metadata, status } of items) {
        const containerStatuses = status.containerStatuses.map((each) => ({ ...each, imageID }));
        await client.request({
            method: "PATCH",
            path: `${path}/${metadata.name}/status`,
            contentType: "application/merge-patch+json",
            body: { status: { containerStatuses } },
        });
    }
}
