import { chooseCluster, connectKube } from "../../kube/kubeClient";
import { type LiveCluster, readCluster } from "../../kube/readCluster";
import { READ_RETRIES } from "../../kube/retry";
import { MendableError } from "../../lib/text/mendableError";
import type { ClusterFacts, StackFacts } from "./fleetFacts";
import type { Gap } from "./fleetReport";
import type { FleetSources } from "./fleetSources";
import type { ReadStack } from "./readStacks";

/** The clusters, and the stacks with the cluster that each is on. */
export interface ReadClusters {
    readonly clusters: readonly ClusterFacts[];
    readonly stacks: readonly StackFacts[];
}

/** One cluster that stacks name. */
interface NamedCluster {
    readonly context: string;
    readonly where: { readonly context?: string; readonly kubeconfig?: string };
    readonly stacks: readonly ReadStack[];
}

/**
 * Reads every cluster that a stack names, and holds its identity against the one that each of its stacks was applied to. One that
 * cannot be reached is a gap, and its stacks are called fine by nobody. The current context is never read: a stack names its
 * cluster, or the operator does.
 */
export async function readClusters(
    sources: FleetSources,
    read: readonly ReadStack[],
    gaps: Gap[],
): Promise<ReadClusters> {
    const named = nameClusters(sources, read);
    const coreNamespaces = read.flatMap(({ facts }) => facts.coreNamespace ?? []);
    const nameless = read.filter((stack) => named.every(({ stacks }) => !stacks.includes(stack)));
    const facts = nameless.map((stack) => stack.facts);
    if (!sources.cluster) {
        return {
            clusters: [],
            stacks: [
                ...facts,
                ...named.flatMap(({ context, stacks }) =>
                    stacks.map((each) => ({ ...each.facts, cluster: context })),
                ),
            ],
        };
    }
    if (named.length === 0) {
        gaps.push({
            message:
                "the cluster was not compared: no stack's files say which it is; expected them, or --context",
            serious: true,
        });
    }
    const clusters: ClusterFacts[] = [];
    const stacks: StackFacts[] = [...facts];
    const known = new Map<string | undefined, string>();
    const answers = await Promise.all(
        named.map(async (each) => ({ ...each, answer: await readOne(sources, each, coreNamespaces) })),
    );
    for (const { context, answer, stacks: own } of answers) {
        const what = named.length === 1 ? "the cluster was" : `the cluster "${context}" was`;
        const live = typeof answer === "string" ? undefined : answer;
        const refuse = (stack: ReadStack, message: string) => {
            gaps.push({ message: `${what} not compared: ${message}`, serious: true });
            stacks.push({ ...stack.facts, unread: [...stack.facts.unread, what] });
        };
        if (typeof answer === "string") {
            gaps.push({ message: `${what} not compared: ${answer}`, serious: true });
        }
        // Two contexts may lead to one cluster: it is compared once, with the stacks of both.
        const name = (live && known.get(live.uid)) ?? context;
        const right = own.filter((stack) => {
            const isRight =
                live === undefined || stack.clusterUid === undefined || stack.clusterUid === live.uid;
            if (!isRight) {
                refuse(
                    stack,
                    `the context "${context}" leads to the cluster "${live.uid ?? ""}", but the stack "${stack.facts.stack}" was applied to "${stack.clusterUid ?? ""}"`,
                );
            }
            return isRight;
        });
        for (const { facts: stack, clusterUid } of right) {
            const isDeployed = stack.deployed?.some(({ containers }) => containers !== undefined) === true;
            if (isDeployed && clusterUid === undefined) {
                const message = `the state of "${stack.stack}" does not say which cluster it was applied to: whether it is "${context}" is not known`;
                gaps.push({ message, serious: true });
            }
            const unread = live === undefined ? [...stack.unread, what] : stack.unread;
            stacks.push({ ...stack, cluster: name, unread });
        }
        if (name === context) {
            // Of a cluster that is none of its stacks' nothing is said.
            clusters.push({
                context,
                live: right.length === 0 && own.length > 0 ? undefined : live,
                pods: sources.pods,
            });
            known.set(live?.uid ?? context, context);
        }
    }
    return { clusters, stacks };
}

function nameClusters(sources: FleetSources, read: readonly ReadStack[]): readonly NamedCluster[] {
    const groups = Map.groupBy(
        read.filter(({ settings }) => settings !== undefined || sources.context !== undefined),
        ({ settings }) => JSON.stringify(chooseCluster(sources, settings)),
    );
    return [...groups].map(([key, stacks]) => {
        const where = JSON.parse(key) as NamedCluster["where"];
        const context = where.context ?? "";
        const isAmbiguous = [...groups.keys()].some(
            (other) => other !== key && (JSON.parse(other) as NamedCluster["where"]).context === context,
        );
        return {
            context: isAmbiguous ? `${context} (${where.kubeconfig ?? "KUBECONFIG"})` : context,
            where,
            stacks,
        };
    });
}

async function readOne(
    sources: FleetSources,
    { where }: NamedCluster,
    coreNamespaces: readonly string[],
): Promise<LiveCluster | string> {
    try {
        if (sources.readLive !== undefined) {
            return await sources.readLive(where, coreNamespaces);
        }
        const client = await connectKube(where);
        try {
            const options = { ...sources, coreNamespaces, workloads: true, retry: READ_RETRIES };
            return await readCluster(client, options);
        } finally {
            client.close();
        }
    } catch (error) {
        if (error instanceof MendableError) {
            return error.message;
        }
        throw error;
    }
}
