import { formatImageReference } from "../../images/imageReference";
import { AGENT_CONTAINER } from "../../images/metadata";
import { readBreakGlass } from "../../kube/breakGlass";
import { type KubeClient, connectKube } from "../../kube/kubeClient";
import { listAll } from "../../kube/listAll";
import { readDeployment } from "../../kube/readObjects";
import { READ_RETRIES } from "../../kube/retry";
import { MendableError } from "../../lib/text/mendableError";
import type { ClusterTarget } from "../veto/liveRunners";
import type { WrittenException } from "./exception";

/**
 * Finds the agents of the clusters whose image was set past Pulumi and is still that image. Nobody said until when. A cluster
 * that does not answer stops none of the others.
 */
export async function readBrokenGlass(clusters: readonly ClusterTarget[]): Promise<{
    readonly broken: readonly WrittenException[];
    readonly problems: readonly string[];
}> {
    const broken: WrittenException[] = [];
    const problems: string[] = [];
    for (const target of clusters) {
        let client: KubeClient | undefined;
        try {
            client = await connectKube(target);
            await listAll(client, { path: "/apis/apps/v1/deployments", retry: READ_RETRIES }, (item) => {
                const read = readDeployment(item);
                if (!read.ok) {
                    problems.push(`${target.context}: ${read.problem}`);
                    return;
                }
                const { namespace, name, annotations, containers } = read.object;
                const image = containers.find((each) => each.name === AGENT_CONTAINER)?.image;
                const glass =
                    image === undefined
                        ? undefined
                        : readBreakGlass(annotations, formatImageReference(image));
                if (glass !== undefined) {
                    broken.push({
                        kind: "break-glass",
                        who: `${namespace}/${name}`,
                        by: glass.by,
                        why: `${glass.reason} (since ${glass.at})`,
                        where: `the cluster of ${target.context}`,
                    });
                }
            });
        } catch (error) {
            if (!(error instanceof MendableError)) {
                throw error;
            }
            problems.push(`the cluster of the context "${target.context}" was not asked: ${error.message}`);
        } finally {
            client?.close();
        }
    }
    return { broken, problems };
}
