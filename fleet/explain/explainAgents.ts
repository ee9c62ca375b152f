import { describeOrigins } from "../../config/agent/describeOrigins";
import type { AgentPlan } from "../../config/agent/agentPlan";
import { findOrgFile } from "../../config/orgAddress";
import type { SourceLines } from "../../config/sourceLines";
import { formatImageReference, readImage } from "../../images/imageReference";
import type { PastPin } from "../../images/pinHistory";
import { sameImage } from "../../images/sameImage";
import { describeLiveAgent, digestOf } from "../../kube/liveAgent";
import type { LiveCluster } from "../../kube/readCluster";
import type { FleetRow } from "../stale/fleetReport";
import type { ExplainedAgent, ExplainedValue, PinOfRuntime, Running } from "./explanation";
import { type AgentContext, type StackContext, findReasons } from "./findReasons";
import { describeNext } from "./nextUpdate";
import type { PermittedImages } from "./permittedImages";

/** Explains one agent of a stack. Pure but for the lines, which are read from the files. */
export function explainAgent(
    row: FleetRow,
    context: StackContext,
    { root, live, permitted }: { root: string; live: LiveCluster | undefined; permitted: PermittedImages },
): ExplainedAgent {
    const agent: AgentContext = { ...context, row, written: findWritten(row, context, root) };
    const { org, runtime, status } = row;
    const plan =
        context.loaded === undefined
            ? context.platform?.plan.plans.get(row.agent ?? "")
            : context.loaded.plans.get(org)?.get(row.agent ?? "");
    return {
        agent: row.agent,
        kind: row.kind,
        runtime,
        stack: row.stack,
        cluster: row.cluster,
        namespace: row.namespace,
        deployment: row.deployment,
        status,
        image: row.live ?? row.deployed,
        release: row.release,
        running: findRunning(row, live),
        target: row.target,
        behind: row.behind,
        proof: row.proof,
        why: findReasons(agent),
        history: listPins(row, context.facts.history?.get(runtime ?? "")),
        next: describeNext(agent, permitted),
        values: row.stack === null || plan === undefined ? [] : explainValues(plan, context.lines),
    };
}

function findWritten(
    { org, agent }: FleetRow,
    { loaded }: StackContext,
    root: string,
): AgentContext["written"] {
    const spec = loaded?.orgs.find(({ slug }) => slug === org);
    const index = spec?.agents.findIndex(({ name }) => name === agent) ?? -1;
    const file = loaded && findOrgFile(root, loaded.config.orgs, org);
    return spec === undefined || file === undefined || index < 0
        ? undefined
        : { file, index, leaves: spec.offboarding !== undefined };
}

/** What the agent's pods run, with the time since which they do. */
function findRunning({ namespace, deployment, running }: FleetRow, live: LiveCluster | undefined): Running[] {
    const found = live?.deployments.find((each) => each.namespace === namespace && each.name === deployment);
    const pods =
        found === undefined || live === undefined
            ? []
            : describeLiveAgent(
                  found,
                  live.pods.filter((pod) => pod.namespace === namespace),
              ).pods;
    return running.map((image) => {
        const begun = pods
            .filter((pod) => (digestOf(pod, "agent") ?? null) === image.digest)
            .flatMap(({ statuses }) => statuses.filter(({ name }) => name === "agent"))
            .map(({ startedAt }) => startedAt)
            .filter((time) => time !== "")
            .sort();
        return { ...image, since: begun[0] ?? null };
    });
}

function listPins({ target, live }: FleetRow, pins: readonly PastPin[] = []): PinOfRuntime[] {
    const is = (text: string | null, pin: PastPin) => text !== null && sameImage(readImage(text), pin.image);
    return pins.map((pin, index) => ({
        release: pin.release,
        image: formatImageReference(pin.image),
        promotedAt: pin.promotedAt ?? null,
        is: [
            ...(index === 0 ? (["pin"] as const) : []),
            ...(is(target?.image ?? null, pin) ? (["target"] as const) : []),
            ...(is(live, pin) ? (["live"] as const) : []),
        ],
    }));
}

/** Every value of an agent's pods, with the line that says it. */
function explainValues(plan: AgentPlan, lines: SourceLines): ExplainedValue[] {
    return describeOrigins(plan).map(({ word, value, file, path }) => ({
        word,
        value,
        ...(file !== undefined && { where: lines.place(file, path ?? word) }),
    }));
}
