import { type FoundImage, formatImageReference } from "../../images/imageReference";
import { AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX } from "../../images/metadata";
import { isLabelledManaged } from "../../kube/liveObjects";
import { readBreakGlass } from "../../kube/breakGlass";
import { guessRuntime } from "../../images/guessRuntime";
import type { AgentFacts, FleetFacts } from "./fleetFacts";
import { FLEET_REPORT_SCHEMA_VERSION, type FleetReport, type FleetRow } from "./fleetReport";
import type { ImageChoice } from "../../images/chooseImage";
import { heldBy, judgeAgent } from "./judgeAgent";
import { describeLiveAgent } from "../../kube/liveAgent";
import { UNKNOWN_LAG, howFarBehind } from "./lag";
import { sameImage } from "../../images/sameImage";
import { compareStatuses, countStatuses } from "./statuses";

/**
 * Compares what should run, what was deployed, what the cluster says and what the pods run. Pure: all that is foreign has
 * been read before, and what was not read is compared with nothing.
 */
export function compareFleet(facts: FleetFacts): FleetReport {
    const agents = new Map<string, AgentFacts>();
    const add = (org: string, agent: string, known: AgentFacts) => {
        const key = `${org}/${agent}`;
        agents.set(key, { ...agents.get(key), ...known });
    };
    for (const target of facts.targets ?? []) {
        add(target.org, target.agent, { target });
    }
    for (const deployed of facts.deployed ?? []) {
        add(deployed.org, deployed.agent, { deployed });
    }
    const { live } = facts;
    const gaps = [...facts.gaps];
    if (live !== undefined) {
        const podsByNamespace = Map.groupBy(live.pods, ({ namespace }) => namespace);
        const elsewhere = new Set<string>();
        for (const deployment of live.deployments) {
            const org = orgOf(deployment.namespace);
            const agent = deployment.name.slice(AGENT_DEPLOYMENT_PREFIX.length);
            const known = agents.get(`${org}/${agent}`);
            if (known === undefined && facts.deployed !== undefined && isLabelledManaged(deployment.labels)) {
                elsewhere.add(deployment.namespace);
                continue;
            }
            add(org, agent, {
                live: describeLiveAgent(deployment, podsByNamespace.get(deployment.namespace)),
            });
        }
        if (elsewhere.size > 0) {
            gaps.push({
                message:
                    `${elsewhere.size} namespaces are labelled as managed by a stack that was not read ` +
                    `(${listSome([...elsewhere])}): name it with --stack too`,
                serious: false,
            });
        }
        gaps.push(...live.problems.map((message) => ({ message, serious: true })));
    }

    const rows = [...agents].map(([key, known]) => agentRow(key, known, facts));
    rows.push(...emptyNamespaces(facts, rows));
    rows.sort(
        (a, b) =>
            compareStatuses(a.status, b.status) ||
            (b.behind.releases ?? -1) - (a.behind.releases ?? -1) ||
            (a.namespace < b.namespace ? -1 : a.namespace > b.namespace ? 1 : 0) ||
            ((a.agent ?? "") < (b.agent ?? "") ? -1 : 1),
    );
    return {
        schemaVersion: FLEET_REPORT_SCHEMA_VERSION,
        generatedAt: facts.now.toISOString(),
        stacks: facts.stacks,
        compared: {
            target: facts.targets !== undefined || facts.pins !== undefined,
            deployed: facts.deployed !== undefined,
            cluster: live !== undefined,
        },
        gaps,
        counts: countStatuses(rows),
        rows,
    };
}

function agentRow(key: string, known: AgentFacts, facts: FleetFacts): FleetRow {
    const { target, deployed, live } = known;
    const slash = key.indexOf("/");
    const org = key.slice(0, slash);
    const agent = key.slice(slash + 1);
    const runtime =
        target?.runtime ??
        deployed?.runtime ??
        (live === undefined ? undefined : guessRuntime(live.deployment.labels, live.image, facts.pins));
    const pin = runtime === undefined ? undefined : facts.pins?.get(runtime);
    const owned = target !== undefined || deployed !== undefined;
    const choice: Pick<ImageChoice, "image" | "source" | "release"> | undefined =
        target?.chosen.ok === true
            ? target.chosen.choice
            : !owned && pin !== undefined
              ? { ...pin, source: "pin" }
              : undefined;
    const { status, notes } = judgeAgent({ ...known, facts, targetImage: choice?.image });
    const running = live?.image ?? deployed?.image;
    // Once Pulumi has deployed the same image, it is nobody's exception any more.
    const breakGlass =
        live?.image === undefined || (deployed !== undefined && sameImage(deployed.image, live.image))
            ? undefined
            : readBreakGlass(live.deployment.annotations, formatImageReference(live.image));
    return {
        org,
        agent,
        namespace: `${ORG_NAMESPACE_PREFIX}${org}`,
        deployment: `${AGENT_DEPLOYMENT_PREFIX}${agent}`,
        runtime: runtime ?? null,
        stack: deployed?.stack ?? target?.stack ?? null,
        status,
        target:
            choice === undefined
                ? null
                : {
                      image: formatImageReference(choice.image),
                      source: choice.source,
                      release: choice.release ?? null,
                  },
        deployed: deployed === undefined ? null : formatImageReference(deployed.image),
        live: live?.image === undefined ? null : formatImageReference(live.image),
        release: running === undefined ? null : releaseOf(running, { ...known, runtime, facts }),
        running: live?.running ?? [],
        behind:
            runtime === undefined || running === undefined
                ? UNKNOWN_LAG
                : howFarBehind(facts.history?.get(runtime), running, facts.now),
        held: heldBy(known) ?? null,
        breakGlass: breakGlass ?? null,
        notes:
            breakGlass === undefined
                ? notes
                : [`set by hand by ${breakGlass.by} at ${breakGlass.at}: ${breakGlass.reason}`, ...notes],
    };
}

/** Namespaces `org-*` that no stack owns and that hold no agent: nobody would see them otherwise. */
function emptyNamespaces(facts: FleetFacts, rows: readonly FleetRow[]): FleetRow[] {
    const shown = new Set([
        ...rows.map(({ namespace }) => namespace),
        ...(facts.live?.deployments ?? []).map(({ namespace }) => namespace),
    ]);
    return (facts.live?.namespaces ?? [])
        .filter(({ name, labels }) => !shown.has(name) && !isLabelledManaged(labels))
        .map(({ name, deleting }) => ({
            org: orgOf(name),
            agent: null,
            namespace: name,
            deployment: null,
            runtime: null,
            stack: null,
            status: "unmanaged",
            target: null,
            deployed: null,
            live: null,
            release: null,
            running: [],
            behind: UNKNOWN_LAG,
            held: null,
            breakGlass: null,
            notes: [deleting ? "the namespace is being deleted" : "the namespace has no agents"],
        }));
}

/** The name of an image's release: by the pins and their history, else by what was deployed. */
function releaseOf(
    image: FoundImage,
    { deployed, runtime, facts }: AgentFacts & { runtime: string | undefined; facts: FleetFacts },
): string | null {
    const pin = runtime === undefined ? undefined : facts.pins?.get(runtime);
    if (pin !== undefined && sameImage(pin.image, image)) {
        return pin.release;
    }
    const past = runtime === undefined ? [] : (facts.history?.get(runtime) ?? []);
    const known = past.find((each) => sameImage(each.image, image))?.release;
    const last = deployed !== undefined && sameImage(deployed.image, image) ? deployed.release : undefined;
    return known ?? last ?? null;
}

function orgOf(namespace: string): string {
    return namespace.slice(ORG_NAMESPACE_PREFIX.length);
}

/** The first few of some names. */
function listSome(names: readonly string[], most = 3): string {
    const shown = names.slice(0, most).join(", ");
    return names.length > most ? `${shown}, and ${names.length - most} more` : shown;
}
