import { AGENT_CONTAINER, AGENT_DEPLOYMENT_PREFIX } from "../images/metadata";
import {
    type FoundImage,
    type ImageReference,
    formatImageReference,
    sameRepository,
} from "../images/imageReference";
import { sameImage } from "../images/sameImage";
import type { LiveAgents } from "../kube/readAgents";
import type { PlatformConfig } from "../platform/platformConfig";

/** A Deployment of the core fleet that does not have the image that it should have. */
export interface OffAgent {
    readonly runtime: string;
    /** `agents/agent-ceo: the container "agent" has "…", expected "…"` */
    readonly message: string;
}

/**
 * The core fleet's Deployments that are not on the images that they should be on, by the cluster's word: a state says what an
 * update that ended well has written, and nothing of one that failed, was killed, or was passed by. Pure.
 *
 * @param live the Deployments of the core fleet's namespace
 * @param images runtime → its image; the agents of a runtime that is left out are not looked at
 */
export function findOffAgents(
    { namespace, agents }: PlatformConfig["coreFleet"],
    live: LiveAgents,
    images: ReadonlyMap<string, ImageReference>,
): readonly OffAgent[] {
    return agents.flatMap(({ name, runtime, manage }): OffAgent[] => {
        const image = images.get(runtime);
        if (image === undefined) {
            return [];
        }
        const key = `${namespace}/${AGENT_DEPLOYMENT_PREFIX}${name}`;
        const deployment = live.get(key)?.deployment;
        if (deployment === undefined) {
            return [{ runtime, message: `${key}: there is no such Deployment` }];
        }
        // Of a Deployment that is somebody else's, this one container alone is the platform's; else its boot gate runs the image too.
        const ours = [...deployment.containers, ...deployment.initContainers].filter(
            (container) =>
                container.name === AGENT_CONTAINER ||
                (manage === "deployment" && sameRepository(container.image, image)),
        );
        if (!ours.some((container) => container.name === AGENT_CONTAINER)) {
            return [{ runtime, message: `${key}: it has no container "${AGENT_CONTAINER}"` }];
        }
        const off = ours.find((container) => !sameImage(container.image, image));
        if (off === undefined) {
            return [];
        }
        const [has, expected] = [off.image, image].map(textOf);
        return [
            {
                runtime,
                message: `${key}: the container "${off.name}" has "${has ?? ""}", expected "${expected ?? ""}"`,
            },
        ];
    });
}

function textOf(image: FoundImage): string {
    return "unreadable" in image ? image.unreadable : formatImageReference(image);
}
