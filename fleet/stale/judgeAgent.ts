import {
    type FoundImage,
    formatImageReference,
    readImage,
    sameRepository,
} from "../../images/imageReference";
import { describeVeto } from "../../config/vetoes";
import { judgeReference } from "../../images/immutability";
import { AGENT_CONTAINER } from "../../images/metadata";
import { daysUntil, isExpired } from "../../images/imageOverride";
import { sameImage } from "../../images/sameImage";
import type { AgentFacts, FleetFacts, StackFacts } from "./fleetFacts";
import {
    type Finding,
    containersOf,
    findDrift,
    findEvidence,
    findLeftBehind,
    findVetoed,
} from "./judgeImages";
import { type FleetStatus, compareStatuses, isFine } from "./statuses";

/** What is known of one agent, and of where it stands. */
export interface AgentQuestion extends AgentFacts {
    /** The stack that it is of; absent where no stack that was read says so. */
    readonly stack?: StackFacts;
    /** `unknown`: whether a stack owns it could not be read. */
    readonly ownership: "owned" | "unmanaged" | "unknown";
    /** Whether its cluster was read. */
    readonly clusterRead: boolean;
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
 * Judges one agent: the worst that is true of it, since one word must do; whatever else is true stands in the notes. What no stack
 * owns is compared with nothing that a stack could mend. Where nothing wrong was seen and not all was seen, it is `unknown`.
 */
export function judgeAgent(question: AgentQuestion): Judgement {
    const { live, ownership, stack, target, deployed } = question;
    const findings =
        live === undefined
            ? judgeWithoutLive(question)
            : ownership === "owned"
              ? judgeOwned(question)
              : judgeForeign(question);
    const [worst = "current"] = findings
        .flatMap(({ status }) => status ?? [])
        .toSorted((a, b) => compareStatuses(a, b));
    const isBlind =
        stack?.targets === undefined ||
        stack.unread.length > 0 ||
        (target === undefined && deployed === undefined);
    return {
        status: isBlind && (isFine(worst) || worst === "rolling") ? "unknown" : worst,
        notes: findings.flatMap(({ note }) => note ?? []),
    };
}

/** What a live object says of itself, whoever owns it. */
function findLive({ live }: AgentQuestion): readonly Finding[] {
    if (live === undefined) {
        return [];
    }
    const { image, deployment, failure, rolling } = live;
    const findings: Finding[] = [];
    if (deployment.deleting) {
        findings.push({ note: "the Deployment is being deleted" });
    }
    if (deployment.paused) {
        findings.push({ note: "the Deployment is paused: a new image does not roll out" });
    }
    if (deployment.replicas === 0) {
        findings.push({ note: "it is scaled to 0: nothing runs" });
    }
    const verdict = judgeReference(image ?? readImage(undefined));
    if (image === undefined) {
        findings.push({ status: "drifted", note: `it has no container "${AGENT_CONTAINER}"` });
    } else if (verdict.kind === "mutable" || verdict.kind === "unparsable") {
        findings.push({
            status: "mutable",
            note: `runs "${formatImageReference(image)}": ${verdict.reason}`,
        });
    }
    if (failure !== undefined) {
        findings.push({ status: "failing", note: failure });
    }
    return rolling ? [...findings, { status: "rolling" }] : findings;
}

function judgeForeign(question: AgentQuestion): readonly Finding[] {
    const { live, target, stack, ownership, facts } = question;
    const vetoed = live === undefined ? [] : findVetoed(containersOf(live), live.pods, facts);
    // What it is besides is said, and mended by whoever owns it.
    const notes = findLive(question).map(({ note }) => ({ note }));
    if (ownership === "unknown") {
        const why = "whether a stack owns it is not known";
        return [...vetoed, ...notes, { status: "unknown", note: why }];
    }
    const conflict =
        target === undefined
            ? []
            : [
                  {
                      note: `"pulumi up" of ${stack?.stack ?? ""} would fail: it exists already; "fleet adopt" takes it over`,
                  },
              ];
    return [...vetoed, ...notes, ...conflict, { status: "unmanaged" }];
}

function judgeOwned(question: AgentQuestion): readonly Finding[] {
    const { live, deployed, stack, target, facts } = question;
    const isNew = deployed === undefined && stack?.deployed !== undefined && target?.foreign !== true;
    return live === undefined
        ? []
        : [
              ...(isNew ? [{ status: "stale" as const, note: NOT_DEPLOYED }] : []),
              ...findVetoed([...containersOf(live), ...(deployed?.containers ?? [])], live.pods, facts),
              ...findLive(question),
              ...findOffTarget(question, deployed?.image ?? live.image),
              ...findDrift(question),
              ...findLeftBehind(question),
              ...findEvidence(question, facts),
              ...findHeld(question),
          ];
}

const NOT_DEPLOYED = "not deployed yet: the next update does";

/** By files and states alone; with a cluster that was read, what is not there is missing. */
function judgeWithoutLive(question: AgentQuestion): readonly Finding[] {
    const { deployed, clusterRead, stack, target, facts } = question;
    const offTarget = findOffTarget(question, deployed?.image);
    if (deployed === undefined && target?.foreign !== true) {
        return clusterRead || stack?.deployed !== undefined
            ? [...offTarget, { status: "stale", note: NOT_DEPLOYED }]
            : [...offTarget, { status: "unknown", note: "whether it was deployed is not known" }];
    }
    if (clusterRead) {
        return [...offTarget, { status: "missing", note: "deployed, but not in the cluster" }];
    }
    return [
        ...findVetoed(
            deployed?.containers ?? (deployed ? [{ name: AGENT_CONTAINER, ...deployed }] : []),
            [],
            facts,
        ),
        ...offTarget,
        ...findHeld(question),
    ];
}

/** Whether an agent is not on its target, as far as that is known, and what is to be said of the target. */
function findOffTarget(question: AgentQuestion, image: FoundImage | undefined): readonly Finding[] {
    const { target, deployed, stack, targetImage, facts } = question;
    if (target?.chosen.ok === false) {
        return [{ status: "stale", note: target.chosen.problem }];
    }
    // Deployed by a stack whose files have been read and do not name it.
    if (target === undefined && deployed !== undefined && stack?.targets !== undefined) {
        return [
            { status: "stale", note: "its org's file does not have it any more: the next update removes it" },
        ];
    }
    if (targetImage === undefined) {
        return [];
    }
    const veto = targetImage.digest === undefined ? undefined : facts.vetoes.get(targetImage.digest);
    const refused = veto && { note: `no update takes it to its target: ${describeVeto(veto)}` };
    const off = !isOnTarget(question, image) && image !== undefined;
    const follows =
        target?.foreign === true
            ? { note: 'the pin follows it: "pulumi up" of the platform takes the image over that it runs' }
            : {};
    return [...(refused ? [refused] : []), ...(off ? [{ status: "stale" as const, ...follows }] : [])];
}

/** A last resort is a mutable tag: whether it has moved since it was resolved is not asked here. */
function isOnTarget({ target, targetImage }: AgentQuestion, image: FoundImage | undefined): boolean {
    if (image === undefined || targetImage === undefined) {
        return false;
    }
    return target?.chosen.ok === true && target.chosen.choice.source === "last-resort"
        ? sameRepository(image, targetImage)
        : sameImage(image, targetImage);
}

/** Held by an override until its last day, which has passed without a decision or has not. */
function findHeld(question: AgentQuestion): readonly Finding[] {
    const { target, facts } = question;
    const held = heldBy(question);
    if (held === undefined) {
        return [];
    }
    const { until } = held;
    const who = `(owner "${held.by ?? "nobody"}")`;
    if (isExpired({ expires: until }, facts.now)) {
        const note = `its override expired on "${until}" ${who}: remove it, or have its owner renew the date`;
        return [{ status: "expired", note }];
    }
    const days = daysUntil(until, facts.now);
    return [
        {
            status: "held",
            note:
                days <= (target?.warnDays ?? 0)
                    ? `its override ends in ${days} days, after "${until}" ${who}`
                    : undefined,
        },
    ];
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
