import { formatImageReference } from "../../images/imageReference";
import { judgeReference } from "../../images/immutability";
import { compareCluster } from "./compareCluster";
import type { ClusterFacts, FleetFacts, StackFacts } from "./fleetFacts";
import {
    FLEET_REPORT_SCHEMA_VERSION,
    type FleetReport,
    type FleetRow,
    type StackProof,
    type StrandedContainer,
} from "./fleetReport";
import { compareStatuses, countStatuses } from "./statuses";
import { asWorkload } from "../../kube/workloads";

/**
 * Compares what should run, what was deployed, what the clusters say and what the pods run. Pure: all that is foreign has
 * been read before, and what was not read is compared with nothing, and never called fine.
 */
export function compareFleet(facts: FleetFacts): FleetReport {
    const contexts = new Set([
        ...facts.clusters.map(({ context }) => context),
        ...facts.stacks.map(({ cluster }) => cluster),
    ]);
    const compared = [...contexts].map((context) => {
        const cluster = facts.clusters.find((each) => each.context === context);
        const stacks = facts.stacks.filter((stack) => stack.cluster === context);
        return compareCluster(cluster, stacks, facts);
    });
    const rows = compared.flatMap((each) => each.rows).sort(compareRows);
    const ofStacks = facts.stacks.filter(({ coreNamespace }) => coreNamespace === undefined);
    const read = facts.clusters.filter(({ live }) => live !== undefined);
    return {
        schemaVersion: FLEET_REPORT_SCHEMA_VERSION,
        generatedAt: facts.now.toISOString(),
        stacks: ofStacks.map(({ stack }) => stack),
        clusters: read.map(({ context }) => context),
        compared: {
            target: ofStacks.every(({ targets }) => targets !== undefined),
            deployed: ofStacks.every(({ deployed }) => deployed !== undefined),
            cluster: ofStacks.every(({ cluster }) => read.some(({ context }) => context === cluster)),
        },
        gaps: [...facts.gaps, ...compared.flatMap(({ gaps }) => gaps)],
        counts: countStatuses(rows),
        rows,
        proofs: facts.stacks.flatMap(listProofs),
        stranded: read.flatMap(findStranded),
    };
}

/** The worst first, then who is furthest behind, then by name. */
function compareRows(a: FleetRow, b: FleetRow): number {
    const name = ({ cluster, namespace, agent }: FleetRow) => `${namespace}/${agent ?? ""}/${cluster ?? ""}`;
    return (
        compareStatuses(a.status, b.status) ||
        (b.behind.releases ?? -1) - (a.behind.releases ?? -1) ||
        (name(a) < name(b) ? -1 : 1)
    );
}

function listProofs({ stack, proof }: StackFacts): readonly StackProof[] {
    return [...(proof ?? [])].map(([runtime, { proven, waiting }]) => ({
        stack,
        runtime,
        proven:
            proven === undefined
                ? null
                : {
                      release: proven.release,
                      image: formatImageReference(proven.image),
                      since: proven.provenAt ?? null,
                      by: proven.evidence.by,
                      count: proven.evidence.count,
                      agents: proven.evidence.agents,
                  },
        waiting:
            waiting === undefined
                ? null
                : {
                      release: waiting.release,
                      image: formatImageReference(waiting.image),
                      why: waiting.why,
                      earliest: waiting.earliest ?? null,
                  },
    }));
}

/** Whatever has a mutable image in the namespaces that were read, whoever's image it is: each start of it would be refused. */
function findStranded({ context, live }: ClusterFacts): readonly StrandedContainer[] {
    return [...(live?.deployments ?? []).map(asWorkload), ...(live?.workloads ?? [])].flatMap(
        ({ kind, name, namespace, containers, pods }) => {
            const templates =
                containers.length > 0
                    ? []
                    : pods.flatMap((pod) => [...pod.initContainers, ...pod.containers]);
            return [...containers, ...templates].flatMap((container): StrandedContainer[] => {
                const verdict = judgeReference(container.image);
                return verdict.kind === "mutable" || verdict.kind === "unparsable"
                    ? [
                          {
                              cluster: context,
                              namespace,
                              workload: `${kind}/${name}`,
                              container: container.name,
                              image: formatImageReference(container.image),
                          },
                      ]
                    : [];
            });
        },
    );
}
