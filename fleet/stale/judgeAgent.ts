import {
    type FoundImage,
    formatImageReference,
    readImage,
    sameRepository,
} from "../../images/imageReference";
import { judgeReference } from "../../images/immutability";
import { AGENT_CONTAINER } from "../../images/metadata";
import { daysUntil, isExpired } from "../../images/imageOverride";
import { isLabelledManaged } from "../../kube/liveObjects";
import type { AgentTarget, FleetFacts } from "./fleetFacts";
import type { LiveAgent } from "../../kube/liveAgent";
import { sameImage } from "../../images/sameImage";
import type { FleetStatus } from "./statuses";
import type { DeployedAgent } from "../../engine/stackOutputs";

/** What is known of one agent. */
export interface AgentQuestion {
    readonly target?: AgentTarget;
    readonly deployed?: DeployedAgent;
    readonly live?: LiveAgent;
    readonly facts: FleetFacts;
    /** What it should run, where anybody says so. */
    readonly targetImage: FoundImage | undefined;
}

/** A status, and sentences that say why. */
export interface Judgement {
    readonly status: FleetStatus;
    readonly notes: readonly string[];
}

/**
 * Judges one agent: the worst that is true of it, since one word must do; whatever else is true stands in the notes.
 * Ownership comes first: what no stack owns is compared with nothing that a stack could mend.
 */
export function judgeAgent(question: AgentQuestion): Judgement {
    const { target, deployed, live, facts, targetImage } = question;
    const notes: string[] = [];
    const answer = (status: FleetStatus): Judgement => ({ status, notes });

    if (live === undefined) {
        return judgeWithoutLive(question, notes);
    }
    const { image, deployment } = live;
    if (deployment.deleting) {
        notes.push("the Deployment is being deleted");
    }
    if (deployment.paused) {
        notes.push("the Deployment is paused: a new image does not roll out");
    }
    const verdict = judgeReference(image ?? readImage(undefined));
    const mutable = verdict.kind === "mutable" || verdict.kind === "unparsable";
    if (image === undefined) {
        notes.push(`it has no container "${AGENT_CONTAINER}"`);
    } else if (mutable) {
        notes.push(`runs "${formatImageReference(image)}": ${verdict.reason}`);
    }
    if (live.failure !== undefined) {
        notes.push(live.failure);
    }

    const labelled = isLabelledManaged(deployment.labels);
    const owned = deployed !== undefined || (facts.deployed === undefined && labelled);
    if (!owned) {
        if (target !== undefined) {
            notes.push(
                `"pulumi up" of ${target.stack} would fail: it exists already; "fleet adopt" takes it over`,
            );
        }
        return answer("unmanaged");
    }
    if (target?.choice.ok === false) {
        notes.push(target.choice.problem);
    }
    const removed = isRemoved(question);
    if (removed) {
        notes.push(REMOVED);
    }

    if (live.failure !== undefined) {
        return answer("failing");
    }
    if (image !== undefined && mutable) {
        return answer("mutable");
    }
    if (deployed !== undefined && (image === undefined || !sameImage(image, deployed.image))) {
        notes.push('somebody changed it since it was deployed: "pulumi up --refresh" takes it back');
        return answer("drifted");
    }
    if (runsAnotherDigest(live)) {
        notes.push(
            `its pods run ${live.runningDigest ?? "another digest"}, which is not what the Deployment says`,
        );
        return answer("drifted");
    }
    const reference = deployed?.image ?? image;
    if (
        target?.choice.ok === false ||
        removed ||
        (targetImage !== undefined && !isOnTarget(question, reference))
    ) {
        return answer("stale");
    }
    if (live.rolling) {
        return answer("rolling");
    }
    return answer(onTargetStatus(question, notes));
}

/** By files and outputs alone; with a cluster that was read, what is not there is missing. */
function judgeWithoutLive(question: AgentQuestion, notes: string[]): Judgement {
    const { target, deployed, facts, targetImage } = question;
    if (target?.choice.ok === false) {
        notes.push(target.choice.problem);
    }
    if (deployed === undefined) {
        notes.push("not deployed yet: the next update creates it");
        return { status: "stale", notes };
    }
    if (facts.live !== undefined) {
        notes.push("deployed, but not in the cluster");
        return { status: "missing", notes };
    }
    const removed = isRemoved(question);
    if (removed) {
        notes.push(REMOVED);
    }
    if (
        removed ||
        target?.choice.ok === false ||
        (targetImage !== undefined && !isOnTarget(question, deployed.image))
    ) {
        return { status: "stale", notes };
    }
    return { status: onTargetStatus(question, notes), notes };
}

const REMOVED = "its org's file does not have it any more: the next update removes it";

/** Whether it was deployed by a stack whose files have been read and do not name it. */
function isRemoved({ target, deployed, facts }: AgentQuestion): boolean {
    return target === undefined && deployed !== undefined && facts.targetStacks?.has(deployed.stack) === true;
}

/** A last resort is a mutable tag: whether it has moved since it was resolved is not asked here. */
function isOnTarget({ target, targetImage }: AgentQuestion, image: FoundImage | undefined): boolean {
    if (image === undefined || targetImage === undefined) {
        return false;
    }
    if (target?.choice.ok === true && target.choice.source === "last-resort") {
        return sameRepository(image, targetImage);
    }
    return sameImage(image, targetImage);
}

/** Held by an override until its last day, which has passed without a decision or has not; else current. */
function onTargetStatus({ target, deployed, facts }: AgentQuestion, notes: string[]): FleetStatus {
    const held = target?.choice.ok === true ? target.choice : deployed;
    const until = held?.heldUntil;
    if (until === undefined) {
        return "current";
    }
    const who = `(owner "${held?.heldBy ?? "nobody"}")`;
    if (isExpired({ expires: until }, facts.now)) {
        notes.push(`its override expired on "${until}" ${who}: remove it, or have its owner renew the date`);
        return "expired";
    }
    const days = daysUntil(until, facts.now);
    if (days <= (target?.warnDays ?? 0)) {
        notes.push(`its override ends in ${days} days, after "${until}" ${who}`);
    }
    return "held";
}

function runsAnotherDigest({ image, runningDigest, rolling }: LiveAgent): boolean {
    return (
        !rolling &&
        runningDigest !== undefined &&
        image?.digest !== undefined &&
        image.digest !== runningDigest
    );
}
