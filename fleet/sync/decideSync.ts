import { formatImageReference } from "../../images/imageReference";
import { AGENT_CONTAINER, ANNOTATIONS } from "../../images/metadata";
import { type LiveDeployment, isLabelledManaged } from "../../kube/liveObjects";
import { isRolling } from "../../kube/liveAgent";
import { sameImage } from "../../images/sameImage";
import { type SyncReference, findReference } from "./reference";

/** What `fleet sync` does with one agent. */
export type SyncDecision =
    | {
          readonly action: "update";
          readonly container: string;
          /** Its place among the containers, for a patch that names no other field. */
          readonly index: number;
          readonly from: string;
          readonly to: string;
      }
    /** Runs the image already; `rolling` where an earlier run did not see the end of its rollout. */
    | { readonly action: "current"; readonly rolling: boolean; readonly image: string }
    | { readonly action: "skip"; readonly reason: string };

/** What the decision depends on, besides the agent itself. */
export interface SyncRules {
    readonly reference: SyncReference;
    /** Whether agents that Pulumi manages are updated too. */
    readonly breakGlass: boolean;
    /** `namespace/name` of agents that a stack has deployed, whatever their labels say. */
    readonly managed: ReadonlySet<string>;
    readonly container?: string;
}

/** Decides about one agent. Pure: asked again, with the object read again, whenever the object has changed. */
export function decideSync(deployment: LiveDeployment, rules: SyncRules): SyncDecision {
    const { container = AGENT_CONTAINER } = rules;
    const index = deployment.containers.findIndex(({ name }) => name === container);
    const image = deployment.containers[index]?.image;
    if (deployment.deleting) {
        return skip("it is being deleted");
    }
    if (image === undefined) {
        const names = deployment.containers.map(({ name }) => `"${name}"`).join(", ");
        return skip(`it has no container "${container}"; it has ${names || "none"}`);
    }
    const found = findReference(rules.reference, deployment, image);
    const managed =
        isLabelledManaged(deployment.labels) ||
        rules.managed.has(`${deployment.namespace}/${deployment.name}`);
    if (managed) {
        const until = deployment.annotations[ANNOTATIONS.overrideExpires];
        if (until !== undefined) {
            return skip(`an override holds it until ${until}`);
        }
    }
    if (!found.ok) {
        return skip(found.reason);
    }
    const [from, to] = [formatImageReference(image), formatImageReference(found.image)];
    if (sameImage(image, found.image)) {
        return {
            action: "current",
            rolling: isUnfinished(deployment),
            image: from,
        };
    }
    if (managed && !rules.breakGlass) {
        return skip('Pulumi manages it: "pulumi up" updates it, or --break-glass "why"');
    }
    if (deployment.paused) {
        return skip("its Deployment is paused, so nothing would roll out: resume it first");
    }
    return { action: "update", container, index, from, to };
}

/** Whether its last rollout was never seen to finish: a pod that was lost since is not ours to wait for. */
function isUnfinished(deployment: LiveDeployment): boolean {
    const finished =
        deployment.observedGeneration >= deployment.generation &&
        deployment.conditions["Progressing"]?.reason === "NewReplicaSetAvailable";
    return !deployment.paused && !finished && isRolling(deployment);
}

function skip(reason: string): SyncDecision {
    return { action: "skip", reason };
}
