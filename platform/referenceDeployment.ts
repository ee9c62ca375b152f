import { type PinnedReference, formatImageReference } from "../images/imageReference";
import { judgeAgentProof } from "../proof/agentProof";
import { findDigests } from "../proof/findDigests";
import type { LiveWorldOptions } from "../proof/liveWorld";
import type { RolloutWorld } from "../proof/rolloutWorld";
import type { RolledAgent } from "../proof/rolledAgent";
import type { Pin } from "./platformConfig";
import { messageOf } from "../lib/text/mendableError";

/** Looks at Deployments of the stack's cluster. */
export type LookAt = (where: Pick<LiveWorldOptions, "namespace" | "container">) => RolloutWorld;

/** The live Deployment that a runtime's pin is read from, as an agent that somebody else rolls. */
export function referenceAgent(
    runtime: string,
    { namespace, deployment, container }: NonNullable<Pin["fromDeployment"]>,
    look: LookAt | undefined,
): RolledAgent {
    return {
        name: `${namespace}/${deployment}`,
        agent: deployment,
        runtime,
        namespace,
        deployment,
        follows: true,
        ...(look && { reference: look({ namespace, container }) }),
    };
}

/** Whether a rollout is over; for how long it must be is asked of it as of every other agent. */
const ROLLED_OUT = { soak: 0, restarts: Number.POSITIVE_INFINITY };

/**
 * Why nothing can be pinned to a reference Deployment now, where its rollout has not come to its end with every pod on the image:
 * whoever reads the pin would else run what the reference itself could not.
 */
export async function findTrouble(
    agent: RolledAgent,
    image: PinnedReference,
    world: RolloutWorld,
): Promise<string | undefined> {
    const { namespace, deployment, runtime } = agent;
    let live;
    try {
        live = (await world.look()).get(`${namespace}/${deployment}`);
    } catch (error) {
        return `what its pods run cannot be read: ${messageOf(error)}`;
    }
    const pins = new Map([[runtime, { image, release: "" }]]);
    const digests = await findDigests(pins, [{ ...agent, live }], world.platforms);
    const written = live?.image === undefined ? "" : formatImageReference(live.image);
    const proof = judgeAgentProof(live, written, digests.get(image.digest), ROLLED_OUT, world.now());
    if (proof.kind === "idle") {
        return "it has 0 replicas";
    }
    return "why" in proof ? proof.why : undefined;
}
