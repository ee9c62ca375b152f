import type { KubeClient } from "../../kube/kubeClient";
import { readCluster } from "../../kube/readCluster";
import { pause } from "../../lib/system/pause";

/**
 * Waits until so many agents' Deployments have ended their rollouts.
 *
 * @param every milliseconds between two looks
 */
export async function untilSettled(client: KubeClient, agents: number, every = 2_000): Promise<void> {
    for (;;) {
        const { deployments } = await readCluster(client, { pods: false });
        const settled = deployments.filter(
            (each) =>
                each.observedGeneration === each.generation &&
                each.updatedReplicas === each.replicas &&
                each.totalReplicas === each.replicas &&
                each.availableReplicas === each.replicas,
        );
        if (settled.length === agents) {
            return;
        }
        await pause(every);
    }
}

/** Agents whose Deployment does not name the image. */
export async function countOthers(client: KubeClient, image: string): Promise<number> {
    const { deployments } = await readCluster(client, { pods: false });
    return deployments.filter(({ containers }) => !image.endsWith(`@${containers[0]?.image.digest ?? ""}`))
        .length;
}
