import { listStacks } from "../../config/readStackFile";
import { type Vetoes, readVetoes } from "../../config/vetoes";
import { isOneOf } from "../../kube/readCluster";
import { MendableError } from "../../lib/text/mendableError";
import type { FleetFacts, StackFacts } from "./fleetFacts";
import type { Gap } from "./fleetReport";
import type { FleetSources } from "./fleetSources";
import { readClusters } from "./readClusters";
import { type Attempt, type ReadStack, StackReader } from "./readStacks";

/**
 * Reads all sources at once, and goes on with those that answer: what could not be read is said, compared with nothing, and keeps
 * everything that it is about from being called fine.
 *
 * @throws MendableError when there is no such stack, or nothing at all could be read
 */
export async function gatherFleet(sources: FleetSources, now: Date): Promise<FleetFacts> {
    return joinClusters(sources, await readSources(sources, now), now);
}

/** What files and states say, before any cluster is looked at. */
export interface ReadSources {
    readonly read: readonly ReadStack[];
    readonly vetoes: Vetoes;
    readonly gaps: readonly Gap[];
    /** Every stack of the checkout. */
    readonly known: readonly string[];
}

/**
 * Reads the files and states of stacks, and goes on with those that answer.
 *
 * @throws MendableError when there is no such stack
 */
export async function readSources(sources: FleetSources, now: Date): Promise<ReadSources> {
    const known = listStacks(sources.project);
    for (const stack of sources.stacks.filter((each) => !known.includes(each))) {
        throw new MendableError(
            `--stack "${stack}": the project in "${sources.project}" has no Pulumi.${stack}.yaml; expected one of ` +
                known.map((name) => `"${name}"`).join(", "),
        );
    }
    const gaps: Gap[] = [];
    const attemptFor =
        (unread: string[]): Attempt =>
        async (what, work) => {
            try {
                return await work();
            } catch (error) {
                // What people cannot mend is a fault of the program, and is thrown on.
                if (!(error instanceof MendableError)) {
                    throw error;
                }
                const message = `${what}: ${error.message}`;
                unread.push(what);
                if (!gaps.some((gap) => gap.message === message)) {
                    gaps.push({ message, serious: true });
                }
                return undefined;
            }
        };
    const reader = new StackReader(sources, attemptFor, now);
    const orgs = await Promise.all(sources.stacks.map((stack) => reader.readOrgs(stack)));
    const environments = new Set(orgs.flatMap(({ end }) => (end.ok ? end.environment : [])));
    for (const { end } of orgs) {
        if (!end.ok) {
            gaps.push({ message: `the core fleet was not compared: ${end.problem}`, serious: false });
        }
    }
    const core = await Promise.all(
        [...environments].map(async (environment): Promise<readonly ReadStack[]> => {
            const read = await reader.readCore(environment);
            if (read === undefined) {
                const message = `the core fleet was not compared: this checkout has no platform/Pulumi.${environment}.yaml`;
                gaps.push({ message, serious: false });
            }
            return read === undefined ? [] : [read];
        }),
    );
    const read = [...orgs, ...core.flat()];
    const vetoes = readVetoes(sources.project);
    for (const problem of vetoes.problems) {
        gaps.push({ message: `the vetoes were not compared: ${problem}`, serious: true });
    }
    return { read, vetoes, gaps, known };
}

/**
 * Reads the clusters that the stacks name, and brings all together.
 *
 * @throws MendableError when nothing at all could be read
 */
export async function joinClusters(
    sources: FleetSources,
    { read, vetoes, known, gaps: before }: ReadSources,
    now: Date,
): Promise<FleetFacts> {
    const gaps = [...before];
    const { clusters, stacks } = await readClusters(sources, read, gaps);
    gaps.push(...leftOut(sources, stacks));
    const isNothing = ({ targets, deployed }: StackFacts) => targets === undefined && deployed === undefined;
    if (stacks.every(isNothing) && clusters.every(({ live }) => live === undefined)) {
        throw new MendableError(
            `nothing could be compared:\n${gaps.map(({ message }) => `  - ${message}`).join("\n")}`,
        );
    }
    return {
        stacks: stacks.map((stack) =>
            vetoes.problems.length > 0 ? { ...stack, unread: [...stack.unread, "vetoes"] } : stack,
        ),
        clusters,
        vetoes: vetoes.byDigest,
        platformsOf: () => undefined,
        isExcluded: (namespace) => isOneOf(namespace, sources.excludeNamespaces),
        allStacks: known.every((stack) => sources.stacks.includes(stack)),
        gaps,
        now,
    };
}

/** What the caller left out, in sentences: a report must not look fuller than it is. */
function leftOut(sources: FleetSources, stacks: readonly StackFacts[]): readonly Gap[] {
    const gaps: string[] = [];
    if (!sources.cluster) {
        gaps.push("the cluster was left out: what really runs is not compared");
    } else if (!sources.pods) {
        gaps.push("pods were left out: what really runs is not compared");
    }
    if (!sources.engine && sources.stacks.some((stack) => !sources.outputsFiles.has(stack))) {
        gaps.push("the engine was left out: what was deployed is not compared");
    }
    if (!sources.engine && sources.referenceFile === undefined) {
        gaps.push("the engine was left out: there are no pins to compare with");
    }
    if (stacks.some(({ history, targets }) => history === undefined && targets !== undefined)) {
        gaps.push("the platform's stack exports no history of pins: how far behind is not known");
    }
    return gaps.map((message) => ({ message, serious: false }));
}

/** The options by which commands find the stacks and the cluster. */
export interface SourceOptions {
    readonly stack?: readonly string[];
    readonly project: string;
    readonly context?: string;
    readonly kubeconfig?: string;
    readonly namespaceSelector?: string;
    readonly excludeNamespace?: readonly string[];
}
