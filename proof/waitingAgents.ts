import type { NeededObject } from "../config/agent/neededObjects";
import type { LiveAgent } from "../kube/liveAgent";
import type { Lack } from "../kube/readLacks";
import { type RolledAgent, keyOf } from "./rolledAgent";
import type { RolloutWorld } from "./rolloutWorld";
import { messageOf } from "../lib/text/mendableError";

/** Why some agents cannot start, whatever their image: `namespace/deployment` → what their namespace lacks, in words. */
export type WaitingAgents = ReadonlyMap<string, string>;

/** Which agents wait for Secrets and ConfigMaps that their namespaces lack; and why that is not known, where it is not. */
export interface Waiting {
    readonly agents: WaitingAgents;
    readonly unknown?: string;
}

type Needing = Pick<RolledAgent, "namespace" | "deployment" | "needs">;

/** What a node says while it has not begun a container, and while it has not what the container is made with. */
const NOT_BEGUN = /^(ContainerCreating|PodInitializing|CreateContainerConfigError)$/;
const NOT_PULLED = /^(ErrImagePull|ImagePullBackOff)$/;
/** What a registry answers to whom it does not know; of an image that is not there it says other things too. */
const NOT_LET_IN = /\b(401|403|unauthorized|forbidden|denied|authenticat|authoriz|credential)/i;

/**
 * Whether what is seen of an agent can come of an object that its namespace lacks: one of its pods has a container that was not
 * begun, and none has one that failed by itself. A bad image is never taken for a missing Secret. Pure.
 */
export function mayLack(live: LiveAgent | undefined): boolean {
    const statuses = (live?.pods ?? [])
        .filter(({ deleting }) => !deleting)
        .flatMap((pod) => [...pod.initStatuses, ...pod.statuses])
        .filter(({ waitingReason }) => waitingReason !== "");
    return (
        statuses.length > 0 &&
        statuses.every(
            ({ waitingReason, waitingMessage, restarts }) =>
                restarts === 0 &&
                (NOT_BEGUN.test(waitingReason) ||
                    (NOT_PULLED.test(waitingReason) && NOT_LET_IN.test(waitingMessage))),
        )
    );
}

/** Asks the cluster which agents wait. What cannot be read makes nobody wait: it is then as any other failure. */
export async function findWaiting(
    world: RolloutWorld | undefined,
    agents: readonly Needing[],
): Promise<Waiting> {
    const needing = agents.filter(({ needs = [] }) => needs.length > 0);
    if (world?.lacks === undefined || needing.length === 0) {
        return { agents: new Map() };
    }
    const wanted = new Map(
        [...Map.groupBy(needing, ({ namespace }) => namespace)].map(([namespace, all]) => [
            namespace,
            all.flatMap(({ needs = [] }) => needs),
        ]),
    );
    try {
        const lacks = await world.lacks(wanted);
        return {
            agents: new Map(
                needing.flatMap((agent) => {
                    const lack = lacks.get(agent.namespace);
                    const own = (lack?.missing ?? []).filter((one) =>
                        agent.needs?.some((need) => isSame(need, one)),
                    );
                    return lack === undefined || own.length === 0
                        ? []
                        : [[keyOf(agent), describeLack(agent.namespace, { ...lack, missing: own })]];
                }),
            ),
        };
    } catch (error) {
        const why = messageOf(error);
        return {
            agents: new Map(),
            unknown: `whether the Secrets of agents are there cannot be read: ${why}`,
        };
    }
}

function isSame(one: NeededObject, other: NeededObject): boolean {
    return one.kind === other.kind && one.name === other.name;
}

/** `the Secret "anthropic", which the namespace "org-acme" lacks`. */
function describeLack(namespace: string, { missing, namespaceIsThere }: Lack): string {
    const names = [...new Set(missing.map(({ kind, name }) => `the ${kind} "${name}"`))].join(" and ");
    return namespaceIsThere
        ? `${names}, which the namespace "${namespace}" lacks`
        : `${names} in the namespace "${namespace}", which is born in the update`;
}

/** A line for every agent that will wait, and for what; said before anything is rolled. */
export async function describeWaiting(
    world: RolloutWorld | undefined,
    agents: readonly RolledAgent[],
): Promise<readonly string[]> {
    const { agents: waiting, unknown } = await findWaiting(world, agents);
    const lines = agents.flatMap((agent) => {
        const lack = waiting.get(keyOf(agent));
        return lack === undefined ? [] : [`${agent.name} waits for ${lack}; everybody else is rolled`];
    });
    return unknown === undefined ? lines : [...lines, unknown];
}
