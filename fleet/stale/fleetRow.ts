import { readBreakGlass } from "../../kube/breakGlass";
import type { LiveNamespace } from "../../kube/liveObjects";
import type { LiveWorkload } from "../../kube/workloads";
import type { ImageChoice } from "../../images/chooseImage";
import { guessRuntime } from "../../images/guessRuntime";
import { type FoundImage, formatImageReference, sameRepository } from "../../images/imageReference";
import { judgeReference } from "../../images/immutability";
import { ORG_NAMESPACE_PREFIX } from "../../images/metadata";
import type { RuntimeImages } from "../../images/runtimeImages";
import { sameImage } from "../../images/sameImage";
import type { ProofRecord } from "../../proof/proofRecord";
import { type AgentFacts, CORE_FLEET, type StackFacts } from "./fleetFacts";
import type { FleetRow, RowProof } from "./fleetReport";
import { type AgentQuestion, heldBy, judgeAgent } from "./judgeAgent";
import { findVetoed } from "./judgeImages";
import type { PastPin } from "../../images/pinHistory";
import { UNKNOWN_LAG, howFarBehind } from "./lag";

/** Where an agent is, what is known of it, and which stack says so. */
export interface PlacedAgent extends AgentFacts {
    readonly org: string;
    readonly agent: string;
    readonly namespace: string;
    readonly deployment: string;
    readonly stack?: StackFacts;
}

/** What a row of anything begins with: nothing is known. */
const EMPTY_ROW = {
    agent: null,
    deployment: null,
    kind: null,
    runtime: null,
    stack: null,
    target: null,
    deployed: null,
    live: null,
    release: null,
    running: [],
    behind: UNKNOWN_LAG,
    held: null,
    breakGlass: null,
    proof: null,
    notes: [],
} satisfies Partial<FleetRow>;

/** What the rows of one cluster have in common. */
export interface RowContext extends Pick<AgentQuestion, "clusterRead" | "facts"> {
    readonly cluster: string | null;
    /** The pins of all stacks of the cluster, for what no stack describes. */
    readonly pins: RuntimeImages;
}

/** The row of one agent. */
export function agentRow(
    placed: PlacedAgent,
    ownership: AgentQuestion["ownership"],
    { cluster, clusterRead, facts, pins }: RowContext,
): FleetRow {
    const { target, deployed, live, stack, org, agent, namespace, deployment } = placed;
    const runtime =
        target?.runtime ??
        deployed?.runtime ??
        (live && guessRuntime(live.deployment.labels, live.image, stack?.pins ?? pins));
    const pin = runtime === undefined ? undefined : (stack?.pins ?? pins).get(runtime);
    const choice: Pick<ImageChoice, "image" | "source" | "release"> | undefined =
        target?.chosen.ok === true
            ? target.chosen.choice
            : target === undefined && deployed === undefined && pin !== undefined
              ? { ...pin, source: "pin" }
              : undefined;
    const judged = judgeAgent({
        ...placed,
        ownership,
        clusterRead,
        facts,
        targetImage: choice?.image,
    });
    const running = live?.image ?? deployed?.image;
    // Once Pulumi has deployed the same image, it is nobody's exception any more.
    const breakGlass =
        live?.image === undefined || (deployed !== undefined && sameImage(deployed.image, live.image))
            ? undefined
            : readBreakGlass(live.deployment.annotations, formatImageReference(live.image));
    const byHand = breakGlass && `set by hand by ${breakGlass.by} at ${breakGlass.at}: ${breakGlass.reason}`;
    const past = runtime === undefined ? undefined : stack?.history?.get(runtime);
    return {
        ...EMPTY_ROW,
        org,
        agent,
        cluster,
        namespace,
        deployment,
        kind: "Deployment",
        runtime: runtime ?? null,
        stack: stack?.stack ?? null,
        status: judged.status,
        target: choice
            ? {
                  image: formatImageReference(choice.image),
                  source: choice.source,
                  release: choice.release ?? null,
              }
            : null,
        deployed: deployed ? formatImageReference(deployed.image) : null,
        live: live?.image === undefined ? null : formatImageReference(live.image),
        release: running === undefined ? null : releaseOf(running, pin, past, deployed),
        running: live?.running ?? [],
        behind: running === undefined ? UNKNOWN_LAG : howFarBehind(past, running, facts.now),
        held: heldBy(placed) ?? null,
        breakGlass: breakGlass ?? null,
        proof:
            running === undefined || runtime === undefined ? null : proofOf(stack?.proof, runtime, running),
        notes: byHand === undefined ? judged.notes : [byHand, ...judged.notes],
    };
}

/** The row of a workload that is no agent's Deployment; `undefined` where none of its images is of a runtime. */
export function workloadRow(
    workload: LiveWorkload,
    { cluster, facts, pins }: RowContext,
): FleetRow | undefined {
    const { kind, name, namespace, pods, labels } = workload;
    const templates = [
        ...workload.containers,
        ...pods.flatMap((pod) => [...pod.initContainers, ...pod.containers]),
    ];
    const images = [
        ...templates.map(({ image }) => image),
        ...pods.flatMap((pod) => [...pod.initStatuses, ...pod.statuses].map(({ imageID }) => imageID)),
    ];
    const vetoed = findVetoed(workload.containers, pods, facts);
    const image = images.find((each) => [...pins.values()].some((pin) => isOfPin(each, pin.image)));
    if (image === undefined && vetoed.length === 0) {
        return undefined;
    }
    const shown = image ?? images[0];
    const verdict = shown && judgeReference(shown);
    return {
        ...EMPTY_ROW,
        org: orgOf(namespace),
        agent: name,
        cluster,
        namespace,
        kind,
        runtime: guessRuntime(labels, shown, pins) ?? null,
        status: vetoed.length > 0 ? "vetoed" : "unmanaged",
        live: shown === undefined ? null : formatImageReference(shown),
        notes: [
            kind === "Pod"
                ? "a pod that nothing starts again and no stack deploys"
                : `a ${kind} that no stack deploys, with ${pods.length === 1 ? "1 pod" : `${pods.length} pods`} now`,
            ...(verdict?.kind === "mutable"
                ? [`runs "${formatImageReference(verdict.reference)}": ${verdict.reason}`]
                : []),
            ...vetoed.flatMap(({ note }) => note ?? []),
        ],
    };
}

/** The row of a namespace `org-*` that holds no agent and that no stack owns: nobody would see it otherwise. */
export function namespaceRow(
    { name, deleting }: LiveNamespace,
    ownership: AgentQuestion["ownership"],
    { cluster }: RowContext,
): FleetRow {
    const what = deleting ? "the namespace is being deleted" : "the namespace has no agents";
    return {
        ...EMPTY_ROW,
        org: orgOf(name),
        cluster,
        namespace: name,
        status: ownership === "unknown" ? "unknown" : "unmanaged",
        notes: ownership === "unknown" ? [what, "whether a stack owns it is not known"] : [what],
    };
}

/** The org whose namespace it is; what is no customer's is the core fleet's. */
export function orgOf(namespace: string): string {
    return namespace.startsWith(ORG_NAMESPACE_PREFIX)
        ? namespace.slice(ORG_NAMESPACE_PREFIX.length)
        : CORE_FLEET;
}

/** The name of an image's release: by the pins and their history, else by what was deployed. */
function releaseOf(
    image: FoundImage,
    pin: { readonly image: FoundImage; readonly release: string } | undefined,
    past: readonly PastPin[] | undefined,
    deployed: AgentFacts["deployed"],
): string | null {
    const last = deployed?.release === undefined ? [] : [{ ...deployed, release: deployed.release }];
    const known = [...(pin === undefined ? [] : [pin]), ...(past ?? []), ...last];
    return known.find((each) => sameImage(each.image, image))?.release ?? null;
}

/** What its stack has proven, or is waiting for, of the image that an agent runs. */
function proofOf(record: ProofRecord | undefined, runtime: string, image: FoundImage): RowProof | null {
    const { proven, waiting } = record?.get(runtime) ?? {};
    if (waiting !== undefined && sameImage(waiting.image, image)) {
        const { earliest, why } = waiting;
        return { state: earliest === undefined ? "unproven" : "soaking", at: earliest ?? null, by: why };
    }
    return proven !== undefined && sameImage(proven.image, image)
        ? { state: "proven", at: proven.provenAt ?? null, by: proven.evidence.agents }
        : null;
}

function isOfPin(image: FoundImage, pin: FoundImage): boolean {
    return sameRepository(image, pin) || (image.digest !== undefined && image.digest === pin.digest);
}
