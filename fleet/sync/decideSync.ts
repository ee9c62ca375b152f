import {
    type FoundImage,
    type ImageReference,
    formatImageReference,
    sameRepository,
} from "../../images/imageReference";
import { isExpired } from "../../images/imageOverride";
import { AGENT_CONTAINER, ANNOTATIONS } from "../../images/metadata";
import { type LiveDeployment, isLabelledManaged } from "../../kube/liveObjects";
import { isRolling } from "../../kube/liveAgent";
import { sameImage } from "../../images/sameImage";
import { type SyncReference, findReference } from "./reference";

/** One container whose image is changed. */
export interface ImageMove {
    readonly list: "containers" | "initContainers";
    /** Its place in the list, for a patch that names no other field. */
    readonly index: number;
    readonly container: string;
    readonly from: string;
}

/** What `fleet sync` does with one agent. */
export type SyncDecision =
    | {
          readonly action: "update";
          /** Every container that is moved, the agent's own first where it is one of them. */
          readonly moves: readonly ImageMove[];
          readonly from: string;
          readonly to: string;
      }
    /** Runs the image already, in every container; `rolling` where an earlier run did not see the end of its rollout. */
    | { readonly action: "current"; readonly rolling: boolean; readonly image: string }
    | SyncSkip;

/** An agent that stays as it is. */
export interface SyncSkip {
    readonly action: "skip";
    readonly reason: string;
    /** Whether somebody has decided that it stays: an override, Pulumi's own update, whoever deletes it. */
    readonly decided: boolean;
}

/** What the decision depends on, besides the agent itself. */
export interface SyncRules {
    readonly reference: SyncReference;
    /** Whether agents that Pulumi manages are updated too. */
    readonly breakGlass: boolean;
    /** `namespace/name` of agents that a stack has deployed, whatever their labels say. */
    readonly managed: ReadonlySet<string>;
    readonly container?: string;
    /** Why nothing may be brought to an image; asked for each agent anew, right before it would be. */
    readonly forbids: (image: ImageReference) => string | undefined;
    /** Why no image may change now, where somebody has said so: a pause or a freeze window of the stack. */
    readonly holds?: () => string | undefined;
    readonly now: () => Date;
}

/** Decides about one agent. Pure but for what it asks: again, with the object read again, whenever the object has changed. */
export function decideSync(deployment: LiveDeployment, rules: SyncRules): SyncDecision {
    const { container = AGENT_CONTAINER } = rules;
    const image = deployment.containers.find(({ name }) => name === container)?.image;
    if (deployment.deleting) {
        return decided("it is being deleted");
    }
    if (image === undefined) {
        const names = deployment.containers.map(({ name }) => `"${name}"`).join(", ");
        return undecided(`it has no container "${container}"; it has ${names || "none"}`);
    }
    const found = findReference(rules.reference, deployment, image);
    const managed =
        isLabelledManaged(deployment.labels) ||
        rules.managed.has(`${deployment.namespace}/${deployment.name}`);
    const until = managed ? deployment.annotations[ANNOTATIONS.overrideExpires] : undefined;
    if (until !== undefined) {
        return isExpired({ expires: until }, rules.now())
            ? undecided(
                  `its override has expired, the last day was ${until}: renew or remove it in its org's file`,
              )
            : decided(`an override holds it until ${until}`);
    }
    if (!found.ok) {
        return undecided(found.reason);
    }
    const forbidden = rules.forbids(found.image);
    if (forbidden !== undefined) {
        return undecided(`refused: ${formatImageReference(found.image)}: ${forbidden}`);
    }
    const [moves, to] = [
        findMoves(deployment, container, image, found.image),
        formatImageReference(found.image),
    ];
    const [first] = moves;
    if (first === undefined) {
        return { action: "current", rolling: isUnfinished(deployment), image: formatImageReference(image) };
    }
    if (managed && !rules.breakGlass) {
        return decided('Pulumi manages it: "pulumi up" updates it, or --break-glass "why"');
    }
    if (deployment.paused) {
        return undecided("its Deployment is paused, so nothing would roll out: resume it first");
    }
    const held = rules.breakGlass ? undefined : rules.holds?.();
    if (held !== undefined) {
        return decided(`the stack is ${held}; --break-glass "why" passes it`);
    }
    return { action: "update", moves, from: first.from, to };
}

/**
 * The containers that are brought to the agent's image: its own, and every other one, also before the start, that is on the image
 * that its own is on now, or on another one of the same repository. A boot gate that stayed behind would check the wrong image.
 */
function findMoves(
    { containers, initContainers }: LiveDeployment,
    container: string,
    image: FoundImage,
    wanted: ImageReference,
): readonly ImageMove[] {
    const old = formatImageReference(image);
    const lists = { containers, initContainers };
    const moves = (["containers", "initContainers"] as const).flatMap((list) =>
        lists[list].flatMap((each, index): ImageMove[] => {
            const isAgent = list === "containers" && each.name === container;
            const from = formatImageReference(each.image);
            const belongs = isAgent || from === old || sameRepository(each.image, wanted);
            return belongs && !sameImage(each.image, wanted)
                ? [{ list, index, container: each.name, from }]
                : [];
        }),
    );
    return moves.toSorted((a, b) => Number(b.container === container) - Number(a.container === container));
}

/** Whether its last rollout was never seen to finish: a pod that was lost since is not ours to wait for. */
function isUnfinished(deployment: LiveDeployment): boolean {
    const finished =
        deployment.observedGeneration >= deployment.generation &&
        deployment.conditions["Progressing"]?.reason === "NewReplicaSetAvailable";
    return !deployment.paused && !finished && isRolling(deployment);
}

function decided(reason: string): SyncSkip {
    return { action: "skip", reason, decided: true };
}

function undecided(reason: string): SyncSkip {
    return { action: "skip", reason, decided: false };
}
