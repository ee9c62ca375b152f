import { type FoundImage, formatImageReference } from "../images/imageReference";
import { AGENT_CONTAINER } from "../images/metadata";
import { type LiveDeployment, type LivePod, selects } from "./liveObjects";

/** What one live Deployment and its pods say about the agent. */
export interface LiveAgent {
    readonly deployment: LiveDeployment;
    /** The agent's container, which all else here is about. */
    readonly container: string;
    /** The image of the agent's container; `undefined` where it has no such container. */
    readonly image: FoundImage | undefined;
    /** Its pods that have not ended, of the present template and of older ones. */
    readonly pods: readonly LivePod[];
    readonly running: readonly RunningImage[];
    /** Whether its rollout has not finished. */
    readonly rolling: boolean;
    /** Why it cannot run. */
    readonly failure: string | undefined;
    /** The digest that all pods of the present template run, where they agree. */
    readonly runningDigest: string | undefined;
    /** What the pods of the present template say of each of its containers that has run; empty where pods were not read. */
    readonly evidence: readonly ContainerEvidence[];
    /** Whether pods were read and none says what the agent's container runs, though the Deployment has some that are available. */
    readonly unseen: boolean;
}

/** What pods say that one container, or init container, really runs. */
export interface ContainerEvidence {
    readonly container: string;
    /** As the template has it. */
    readonly image: FoundImage;
    /** What the container runtime says, each once; without a digest where it is an image's local id (`sha256:…`) and no registry's. */
    readonly ran: readonly FoundImage[];
}

/** Waiting reasons of a container that is on its way. */
const STARTING = new Set(["", "ContainerCreating", "PodInitializing"]);

/**
 * Reads off a Deployment and the pods of its namespace what the agent runs.
 *
 * @param pods those of the namespace; `undefined` where pods were not read
 * @param container the agent's container
 */
export function describeLiveAgent(
    deployment: LiveDeployment,
    pods: readonly LivePod[] | undefined,
    container: string = AGENT_CONTAINER,
): LiveAgent {
    const image = deployment.containers.find(({ name }) => name === container)?.image;
    // As written, and not by sameness: a pod of a template with another text for the same image is an old one.
    const written = (of: LiveDeployment | LivePod) =>
        new Map(
            [...of.initContainers, ...of.containers].map((each) => [
                each.name,
                formatImageReference(each.image),
            ]),
        );
    const template = [...written(deployment)];
    const own = (pods ?? []).filter(
        ({ labels, phase }) =>
            phase !== "Succeeded" && phase !== "Failed" && selects(deployment.selector, labels),
    );
    const isNew = (pod: LivePod) => {
        const found = written(pod);
        return template.every(([name, text]) => found.get(name) === text);
    };
    const old = own.filter((pod) => !isNew(pod));
    const evidence = [...deployment.initContainers, ...deployment.containers].flatMap((each) => {
        const ran = own.filter(isNew).flatMap((pod) => whatRan(pod, each.name));
        const distinct = new Map(ran.map((imageID) => [formatImageReference(imageID), imageID]));
        return distinct.size === 0
            ? []
            : [{ container: each.name, image: each.image, ran: [...distinct.values()] }];
    });
    const newDigests = new Set(own.filter(isNew).flatMap((pod) => digestOf(pod, container) ?? []));
    return {
        deployment,
        container,
        image,
        runningDigest: newDigests.size === 1 ? [...newDigests][0] : undefined,
        pods: own,
        running: countRunning(own, container),
        rolling: old.length > 0 || isRolling(deployment),
        failure: describeFailure(deployment, own),
        evidence,
        unseen:
            pods !== undefined &&
            deployment.availableReplicas > 0 &&
            !evidence.some((each) => each.container === container),
    };
}

/** What a container of a pod runs or has run: nothing where it has not been started yet. */
function whatRan({ statuses, initStatuses }: LivePod, container: string): readonly FoundImage[] {
    return [...initStatuses, ...statuses]
        .filter(
            ({ name, imageID, ready }) =>
                name === container && (ready || formatImageReference(imageID) !== ""),
        )
        .map(({ imageID }) => imageID);
}

/** Whether the controller has not brought all replicas to the present template yet, by its own words. */
export function isRolling(deployment: LiveDeployment): boolean {
    const { generation, observedGeneration, replicas, updatedReplicas, totalReplicas } = deployment;
    return (
        observedGeneration < generation ||
        updatedReplicas < replicas ||
        totalReplicas > updatedReplicas ||
        deployment.availableReplicas < replicas
    );
}

/** Why an agent cannot run: the first pod's reason, else the controller's. */
export function describeFailure(deployment: LiveDeployment, pods: readonly LivePod[]): string | undefined {
    for (const pod of pods) {
        if (pod.deleting) {
            continue;
        }
        for (const { name, waitingReason, waitingMessage } of [...pod.initStatuses, ...pod.statuses]) {
            if (!STARTING.has(waitingReason)) {
                const message = waitingMessage === "" ? "" : `: ${clip(waitingMessage)}`;
                return `${waitingReason} in container "${name}" of pod "${pod.name}"${message}`;
            }
        }
    }
    const { Progressing, ReplicaFailure } = deployment.conditions;
    if (ReplicaFailure?.status === "True") {
        const why = ReplicaFailure.message === "" ? "" : `: ${clip(ReplicaFailure.message)}`;
        return `its pods cannot be created (${ReplicaFailure.reason}${why})`;
    }
    if (Progressing?.status === "False") {
        return `its rollout made no progress (${Progressing.reason})`;
    }
    return undefined;
}

function countRunning(pods: readonly LivePod[], container: string): RunningImage[] {
    const found = new Map<string, { digest: string | null; pods: number; ready: number }>();
    for (const pod of pods) {
        const digest = digestOf(pod, container) ?? null;
        const entry = found.get(digest ?? "") ?? { digest, pods: 0, ready: 0 };
        entry.pods++;
        entry.ready += pod.statuses.some(({ name, ready }) => name === container && ready) ? 1 : 0;
        found.set(digest ?? "", entry);
    }
    return [...found.values()].sort((a, b) => b.pods - a.pods);
}

/** The digest that a container of a pod really runs. A bare image id (`sha256:…`, as some runtimes report it) is not a registry's digest, and compares with nothing. */
export function digestOf(pod: LivePod, container: string): string | undefined {
    return pod.statuses.find(({ name }) => name === container)?.imageID.digest;
}

function clip(text: string): string {
    const line = text.replace(/\s+/g, " ").trim();
    return line.length > 120 ? `${line.slice(0, 117)}...` : line;
}

/** Pods that run the same image. */
export interface RunningImage {
    /** `sha256:…` by the container runtime's word; `null` before it has pulled the image. */
    readonly digest: string | null;
    readonly pods: number;
    readonly ready: number;
}
