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
import type { AgentFacts, FleetFacts } from "./fleetFacts";
import type { LiveAgent } from "../../kube/liveAgent";
import { sameImage } from "../../images/sameImage";
import type { FleetStatus } from "./statuses";

/** What is known of one agent. */
export interface AgentQuestion extends AgentFacts {
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
    const { target, deployed, live, facts } = question;
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
    const offTarget = findOffTarget(question, deployed?.image ?? image, notes);
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
    if (offTarget) {
        return answer("stale");
    }
    if (live.rolling) {
        return answer("rolling");
    }
    return answer(onTargetStatus(question, notes));
}

/** By files and outputs alone; with a cluster that was read, what is not there is missing. */
function judgeWithoutLive(question: AgentQuestion, notes: string[]): Judgement {
    const { deployed, facts } = question;
    const offTarget = findOffTarget(question, deployed?.image, notes);
    if (deployed === undefined) {
        notes.push("not deployed yet: the next update creates it");
        return { status: "stale", notes };
    }
    if (facts.live !== undefined) {
        notes.push("deployed, but not in the cluster");
        return { status: "missing", notes };
    }
    return { status: offTarget ? "stale" : onTargetStatus(question, notes), notes };
}

/** Whether an agent is not on its target, as far as that is known; what is to be said of the target goes into the notes. */
function findOffTarget(question: AgentQuestion, image: FoundImage | undefined, notes: string[]): boolean {
    const { target, deployed, facts, targetImage } = question;
    if (target?.chosen.ok === false) {
        notes.push(target.chosen.problem);
        return true;
    }
    // Deployed by a stack whose files have been read and do not name it.
    if (target === undefined && deployed !== undefined && facts.targetStacks?.has(deployed.stack) === true) {
        notes.push("its org's file does not have it any more: the next update removes it");
        return true;
    }
    return targetImage !== undefined && !isOnTarget(question, image);
}

/** A last resort is a mutable tag: whether it has moved since it was resolved is not asked here. */
function isOnTarget({ target, targetImage }: AgentQuestion, image: FoundImage | undefined): boolean {
    if (image === undefined || targetImage === undefined) {
        return false;
    }
    if (target?.chosen.ok === true && target.chosen.choice.source === "last-resort") {
        return sameRepository(image, targetImage);
    }
    return sameImage(image, targetImage);
}

/** Held by an override until its last day, which has passed without a decision or has not; else current. */
function onTargetStatus({ target, deployed, facts }: AgentQuestion, notes: string[]): FleetStatus {
    const held = heldBy({ target, deployed });
    if (held === undefined) {
        return "current";
    }
    const { until } = held;
    const who = `(owner "${held.by ?? "nobody"}")`;
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

/** The override that holds an agent: by the files where they were read, else by what was deployed. */
export function heldBy({ target, deployed }: AgentFacts): { until: string; by: string | null } | undefined {
    if (target !== undefined) {
        const override = target.chosen.ok ? target.chosen.choice.override : undefined;
        return override && { until: override.expires, by: override.owner };
    }
    return deployed?.heldUntil === undefined
        ? undefined
        : { until: deployed.heldUntil, by: deployed.heldBy ?? null };
}

function runsAnotherDigest({ image, runningDigest, rolling }: LiveAgent): boolean {
    return (
        !rolling &&
        runningDigest !== undefined &&
        image?.digest !== undefined &&
        image.digest !== runningDigest
    );
}
