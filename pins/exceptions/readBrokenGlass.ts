import { formatImageReference } from "../../images/imageReference";
import { AGENT_CONTAINER } from "../../images/metadata";
import { BREAK_GLASS_ANNOTATION, isReadableBreakGlass, readBreakGlass } from "../../kube/breakGlass";
import { listAll } from "../../kube/listAll";
import type { LiveDeployment } from "../../kube/liveObjects";
import { readDeployment } from "../../kube/readObjects";
import { READ_RETRIES } from "../../kube/retry";
import { type ClusterTarget, askClusters } from "../clusters";
import type { WrittenException } from "./exception";

/**
 * Finds the agents of the clusters whose image was set past Pulumi and is still that image. Nobody said until when. A cluster
 * that does not answer stops none of the others.
 */
export async function readBrokenGlass(clusters: readonly ClusterTarget[]): Promise<{
    readonly broken: readonly WrittenException[];
    readonly problems: readonly string[];
}> {
    const { answers, problems } = await askClusters(clusters, async (client, context) => {
        const found = await listAll(
            client,
            { path: "/apis/apps/v1/deployments", retry: READ_RETRIES },
            readDeployment,
        );
        return found.map((read) =>
            read.ok ? glassOf(read.object, context) : { problem: `${context}: ${read.problem}` },
        );
    });
    const found = answers.flatMap(({ answer }) => answer);
    return {
        broken: found.flatMap(({ broken }) => broken ?? []),
        problems: [...found.flatMap(({ problem }) => problem ?? []), ...problems],
    };
}

function glassOf(
    { namespace, name, annotations, containers }: LiveDeployment,
    context: string,
): { readonly broken?: WrittenException; readonly problem?: string } {
    const image = containers.find((each) => each.name === AGENT_CONTAINER)?.image;
    const who = `${namespace}/${name}`;
    if (!isReadableBreakGlass(annotations)) {
        return {
            problem: `${context}: the annotation "${BREAK_GLASS_ANNOTATION}" of ${who} cannot be read: who set its image past Pulumi, and why, is unknown`,
        };
    }
    const glass = image && readBreakGlass(annotations, formatImageReference(image));
    return {
        broken: glass && {
            kind: "break-glass",
            who,
            by: glass.by,
            why: `${glass.reason} (since ${glass.at})`,
            where: `the cluster of ${context}`,
        },
    };
}
