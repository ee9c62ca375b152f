import { AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX } from "../../images/metadata";
import { describeLiveAgent } from "../../kube/liveAgent";
import { type LiveDeployment, isLabelledManaged } from "../../kube/liveObjects";
import type { LiveCluster } from "../../kube/readCluster";
import {
    type AgentFacts,
    CORE_FLEET,
    type ClusterFacts,
    type FleetFacts,
    type StackFacts,
} from "./fleetFacts";
import type { FleetRow, Gap } from "./fleetReport";
import { type PlacedAgent, type RowContext, agentRow, namespaceRow, orgOf, workloadRow } from "./fleetRow";
import type { AgentQuestion } from "./judgeAgent";

/** Rows, and what could not be compared. */
export interface ComparedCluster {
    readonly rows: readonly FleetRow[];
    readonly gaps: readonly Gap[];
}

/**
 * Compares the stacks of one cluster with what it holds. Filters hold on both sides: what was left out of the cluster is not
 * missing there.
 *
 * @param cluster absent where the stacks' cluster is not known
 */
export function compareCluster(
    cluster: ClusterFacts | undefined,
    stacks: readonly StackFacts[],
    facts: FleetFacts,
): ComparedCluster {
    const gaps: Gap[] = [];
    const live = cluster?.live;
    const agents = placeAgents(stacks, facts, live, gaps);
    const context: RowContext = {
        cluster: cluster?.context ?? null,
        clusterRead: live !== undefined,
        facts,
        pins: new Map(stacks.flatMap(({ pins }) => [...(pins ?? [])])),
    };
    const rows: FleetRow[] = [];
    if (live !== undefined) {
        const strangers = attachLive(agents, live, cluster?.pods === true);
        rows.push(...judgeStrangers(strangers, stacks, context, gaps));
        rows.push(...live.workloads.flatMap((workload) => workloadRow(workload, context) ?? []));
        gaps.push(...live.problems.map((message) => ({ message, serious: true })));
    }
    const taken = new Set(
        live?.namespaces.flatMap(({ name, labels }) => (isLabelledManaged(labels) ? [] : [name])),
    );
    for (const agent of agents.values()) {
        const row = agentRow(agent, ownershipOf(agent, stacks), context);
        const { namespace, deployed, live: found, stack } = agent;
        const isTaken = found === undefined && deployed === undefined && stack?.deployed !== undefined;
        const why = `the namespace exists already, and no stack owns it: "pulumi up" of ${stack?.stack ?? ""} would fail there; "fleet adopt" takes it over`;
        rows.push(isTaken && taken.has(namespace) ? { ...row, notes: [...row.notes, why] } : row);
    }
    rows.push(...emptyNamespaces(live, rows, stacks, context));
    return { rows, gaps };
}

/** All agents that the stacks know, by `namespace/deployment`. */
function placeAgents(
    stacks: readonly StackFacts[],
    facts: FleetFacts,
    live: LiveCluster | undefined,
    gaps: Gap[],
): Map<string, PlacedAgent> {
    const agents = new Map<string, PlacedAgent>();
    const hidden = { label: new Set<string>(), option: new Set<string>() };
    for (const stack of stacks) {
        const add = (org: string, agent: string, known: AgentFacts) => {
            const namespace =
                org === CORE_FLEET ? (stack.coreNamespace ?? "") : `${ORG_NAMESPACE_PREFIX}${org}`;
            const deployment = `${AGENT_DEPLOYMENT_PREFIX}${agent}`;
            const key = `${namespace}/${deployment}`;
            const why = live?.leftOut.get(namespace) ?? (facts.isExcluded(namespace) ? "option" : undefined);
            if (why !== undefined) {
                hidden[why].add(key);
                return;
            }
            const before = agents.get(key);
            if (before?.stack !== undefined && before.stack !== stack) {
                const both = `the stacks "${before.stack.stack}" and "${stack.stack}"`;
                gaps.push({ message: `${key}: ${both} both deploy it; expected one of them`, serious: true });
            }
            agents.set(key, { ...before, ...known, org, agent, namespace, deployment, stack });
        };
        stack.targets?.forEach((target) => {
            add(target.org, target.agent, { target });
        });
        stack.deployed?.forEach((deployed) => {
            add(deployed.org, deployed.agent, { deployed });
        });
    }
    if (hidden.option.size > 0) {
        const message = `${hidden.option.size} agents are in namespaces that were left out (${listSome(hidden.option)})`;
        gaps.push({ message, serious: false });
    }
    if (hidden.label.size > 0) {
        const message =
            `the label customer-orgs/ignore hides ${hidden.label.size} agents that a stack deploys ` +
            `(${listSome(hidden.label)}): expected it on somebody else's namespaces alone`;
        gaps.push({ message, serious: true });
    }
    return agents;
}

/** Gives the agents what the cluster says of them, and returns the Deployments that no stack knows. */
function attachLive(
    agents: Map<string, PlacedAgent>,
    live: LiveCluster,
    pods: boolean,
): readonly PlacedAgent[] {
    const podsOf = pods ? Map.groupBy(live.pods, ({ namespace }) => namespace) : undefined;
    return live.deployments.flatMap((deployment: LiveDeployment) => {
        const { namespace, name } = deployment;
        const key = `${namespace}/${name}`;
        const described = describeLiveAgent(deployment, podsOf && (podsOf.get(namespace) ?? []));
        const known = agents.get(key);
        if (known !== undefined) {
            agents.set(key, { ...known, live: described });
            return [];
        }
        const agent = name.slice(AGENT_DEPLOYMENT_PREFIX.length);
        return [{ org: orgOf(namespace), agent, namespace, deployment: name, live: described }];
    });
}

/** The rows of Deployments `agent-*` that no stack that was read knows. */
function judgeStrangers(
    strangers: readonly PlacedAgent[],
    stacks: readonly StackFacts[],
    context: RowContext,
    gaps: Gap[],
): readonly FleetRow[] {
    const elsewhere = new Set<string>();
    const rows = strangers.flatMap((agent) => {
        const labelled = agent.live !== undefined && isLabelledManaged(agent.live.deployment.labels);
        const ownership = ownershipOf(agent, stacks);
        if (labelled && ownership === "unmanaged") {
            if (!context.facts.allStacks) {
                elsewhere.add(agent.namespace);
                return [];
            }
            const row = agentRow(agent, "unknown", context);
            const why = "labelled as managed by a stack, and no stack of this checkout has deployed it";
            return [{ ...row, notes: [...row.notes, why] }];
        }
        // Somebody else's in the core fleet's namespace, and on no runtime's image.
        const isOther = agent.org === CORE_FLEET && agentRow(agent, ownership, context).runtime === null;
        return isOther ? [] : [agentRow(agent, ownership, context)];
    });
    if (elsewhere.size > 0) {
        gaps.push({
            message:
                `${elsewhere.size} namespaces are labelled as managed by a stack that was not read ` +
                `(${listSome(elsewhere)}): name it with --stack too, or all with --all-stacks`,
            serious: false,
        });
    }
    return rows;
}

/** Whether a stack owns an agent: by what was deployed; where that was not read, by its labels, or not known at all. */
function ownershipOf(
    { deployed, target, live, stack }: PlacedAgent,
    stacks: readonly StackFacts[],
): AgentQuestion["ownership"] {
    // Of the core fleet a stack may own the images alone, and the Deployments have nobody's labels.
    const isCore = target !== undefined && stack?.coreNamespace !== undefined;
    if (deployed !== undefined || isCore || live === undefined) {
        return "owned";
    }
    const asked = stack === undefined ? stacks : [stack];
    if (asked.every((each) => each.deployed !== undefined)) {
        return "unmanaged";
    }
    if (isLabelledManaged(live.deployment.labels)) {
        return "owned";
    }
    return asked.some((each) => each.unread.length > 0) ? "unknown" : "unmanaged";
}

function emptyNamespaces(
    live: LiveCluster | undefined,
    rows: readonly FleetRow[],
    stacks: readonly StackFacts[],
    context: RowContext,
): readonly FleetRow[] {
    const shown = new Set([...rows, ...(live?.deployments ?? [])].map(({ namespace }) => namespace));
    const isBlind = stacks.some(({ deployed, unread }) => deployed === undefined && unread.length > 0);
    return (live?.namespaces ?? [])
        .filter(
            ({ name, labels }) =>
                name.startsWith(ORG_NAMESPACE_PREFIX) && !shown.has(name) && !isLabelledManaged(labels),
        )
        .map((namespace) => namespaceRow(namespace, isBlind ? "unknown" : "unmanaged", context));
}

/** The first few of some names. */
function listSome(names: ReadonlySet<string>, most = 3): string {
    const shown = [...names].slice(0, most).join(", ");
    return names.size > most ? `${shown}, and ${names.size - most} more` : shown;
}
