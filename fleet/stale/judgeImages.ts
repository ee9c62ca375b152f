import { type Veto, describeVeto } from "../../config/vetoes";
import { type FoundImage, type PinnedReference, formatImageReference } from "../../images/imageReference";
import { AGENT_CONTAINER } from "../../images/metadata";
import { sameImage } from "../../images/sameImage";
import type { LiveAgent } from "../../kube/liveAgent";
import type { LiveContainer } from "../../kube/liveObjects";
import type { LiveWorkload } from "../../kube/workloads";
import type { AgentFacts, FleetFacts } from "./fleetFacts";
import type { FleetStatus } from "./statuses";

/** One thing that is true of an agent: the status that it alone would give, if any, and a sentence. */
export interface Finding {
    readonly status?: FleetStatus;
    readonly note?: string;
}

/** The vetoes of what a workload's template has and of what its containers really run, whatever the template says. */
export function findVetoed(
    templates: readonly LiveContainer[],
    pods: LiveWorkload["pods"],
    { vetoes }: Pick<FleetFacts, "vetoes">,
): readonly Finding[] {
    const places = new Map<Veto, string>();
    const look = ({ digest }: FoundImage, place: string) => {
        const veto = digest === undefined ? undefined : vetoes.get(digest);
        if (veto !== undefined && !places.has(veto)) {
            places.set(veto, place);
        }
    };
    for (const { name, image } of templates) {
        look(image, `the container "${name}" has a vetoed image`);
    }
    for (const pod of pods) {
        for (const { name, image } of [...pod.initContainers, ...pod.containers]) {
            look(image, `the container "${name}" of the pod "${pod.name}" has a vetoed image`);
        }
        for (const { name, imageID } of [...pod.initStatuses, ...pod.statuses]) {
            look(imageID, `the container "${name}" of the pod "${pod.name}" really runs a vetoed image`);
        }
    }
    return [...places].map(([veto, place]) => ({
        status: "vetoed",
        note: `${place}: ${describeVeto(veto)}`,
    }));
}

/** The containers, init containers too, whose live images are not those that were deployed. */
export function findDrift({ deployed, live, target }: AgentFacts): readonly Finding[] {
    if (deployed === undefined || live === undefined) {
        return [];
    }
    const { image } = live;
    const containers = containersOf(live);
    const findings: Finding[] = [];
    if (image === undefined || !sameImage(image, deployed.image)) {
        const isThere =
            image !== undefined && target?.chosen.ok === true && sameImage(image, target.chosen.choice.image);
        findings.push({
            status: "drifted",
            note: isThere
                ? 'it is on its target, which the state does not know: an update was killed, or another hand did it; "pulumi up --refresh" takes it in'
                : 'somebody changed it since it was deployed: "pulumi up --refresh" takes it back',
        });
    }
    for (const { name, image: was } of deployed.containers ?? []) {
        const now = containers.find((each) => each.name === name)?.image;
        if (
            name !== AGENT_CONTAINER &&
            (now === undefined || !sameImage(now, was)) &&
            text(now) !== text(was)
        ) {
            const has = now === undefined ? "is gone" : `has "${text(now)}"`;
            findings.push({
                status: "drifted",
                note: `the container "${name}" ${has}, deployed was "${text(was)}"`,
            });
        }
    }
    return findings;
}

/** Containers of the agent's own repository that are on another image of it, as a boot gate is that somebody left behind. */
export function findLeftBehind({ deployed, live }: AgentFacts): readonly Finding[] {
    const { image } = live ?? {};
    if (live === undefined || image === undefined || "unreadable" in image) {
        return [];
    }
    return containersOf(live).flatMap(({ name, image: other }): Finding[] => {
        const isDeclared = deployed?.containers?.some((each) => each.name === name) === true;
        return isDeclared || "unreadable" in other || sameImage(other, image) || other.path !== image.path
            ? []
            : [
                  {
                      status: "drifted",
                      note: `the container "${name}" has "${text(other)}" and the agent itself "${text(image)}"`,
                  },
              ];
    });
}

/**
 * What the pods say that they run, held against what they should: the digest of the template, or where that is a tag, the one
 * that was deployed for it. A tag that was pushed again is another image under the same text.
 */
export function findEvidence(
    { deployed, live, target }: AgentFacts,
    { platformsOf }: Pick<FleetFacts, "platformsOf">,
): readonly Finding[] {
    if (live === undefined) {
        return [];
    }
    const expectedOf = (container: string, image: FoundImage): PinnedReference | undefined => {
        const candidates = [
            image,
            deployed?.containers?.find(({ name }) => name === container)?.image,
            ...(container === AGENT_CONTAINER
                ? [deployed?.image, target?.chosen.ok === true ? target.chosen.choice.image : undefined]
                : []),
        ];
        return candidates.find(
            (each): each is PinnedReference =>
                each?.digest !== undefined && (each === image || sameImage(each, image)),
        );
    };
    const findings: Finding[] = live.unseen
        ? [
              {
                  status: "unknown",
                  note: "none of its pods says what it really runs, so that could not be compared",
              },
          ]
        : [];
    for (const { container, image, ran } of live.evidence) {
        const expected = expectedOf(container, image);
        const nameless = ran.find(({ digest }) => digest === undefined);
        const others = ran.filter(({ digest }) => digest !== undefined && digest !== expected?.digest);
        if (expected === undefined) {
            if (container === AGENT_CONTAINER) {
                findings.push({
                    status: "unknown",
                    note: `what digest "${text(image)}" was is not known, so what its pods run could not be compared`,
                });
            }
            continue;
        }
        if (nameless !== undefined) {
            findings.push({
                status: "unknown",
                note: `the image id "${text(nameless)}" of the container "${container}" is no registry's digest: what it runs could not be compared`,
            });
        }
        const platforms = others.length === 0 ? undefined : platformsOf(expected);
        const foreign = others.find(
            ({ digest }) => platforms?.ok !== true || !platforms.digests.has(digest ?? ""),
        );
        if (foreign !== undefined) {
            const doubt =
                platforms?.ok === false
                    ? `; the registry could not be asked whether it is one of its platforms: ${platforms.why}`
                    : "";
            const what = container === AGENT_CONTAINER ? "its pods run" : `the container "${container}" runs`;
            findings.push({
                status: "drifted",
                note: `${what} ${foreign.digest ?? ""}, which is not "${text(expected)}"${doubt}`,
            });
        }
    }
    return findings;
}

/** The containers of a live agent's template, init containers first. */
export function containersOf({ deployment }: LiveAgent): readonly LiveContainer[] {
    return [...deployment.initContainers, ...deployment.containers];
}

function text(image: FoundImage | undefined): string {
    return image === undefined ? "" : formatImageReference(image);
}
