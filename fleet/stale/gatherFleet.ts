import { type LoadedStack, loadStack } from "../../config/loadStack";
import { readStackFile } from "../../config/readStackFile";
import { PLATFORM_PROJECT } from "../../config/referenceChain";
import { type RuntimeImages, parseRuntimeImages } from "../../images/runtimeImages";
import { type KubeClient, chooseCluster, connectKube } from "../../kube/kubeClient";
import { type LiveCluster, readCluster } from "../../kube/readCluster";
import { READ_RETRIES } from "../../kube/retry";
import { MendableError } from "../../lib/text/mendableError";
import type { AgentTarget, FleetFacts } from "./fleetFacts";
import type { Gap } from "./fleetReport";
import type { PinHistory } from "../../images/pinHistory";
import { readEngineOutputs } from "../../engine/engineOutputs";
import { findHistory } from "./findHistory";
import { readOutputsFile } from "../../engine/outputsFile";
import { type StackOutputs, readClusterUid } from "../../engine/stackOutputs";
import { type DeployedAgent, readDeployedAgents } from "../../config/describeAgents";
import { findTargets } from "./stackTargets";

/** Where to look. */
export interface FleetSources {
    /** The customer-orgs project: the directory with Pulumi.yaml, the stacks' files and `orgs/`. */
    readonly project: string;
    /** The stacks, by their short names: `prod`. */
    readonly stacks: readonly string[];
    /** Whether to ask the engine for what no file tells. */
    readonly engine: boolean;
    /** Stack → file with its outputs or exported state, instead of the engine. */
    readonly outputsFiles: ReadonlyMap<string, string>;
    /** File with the reference stack's outputs or state, instead of the engine. */
    readonly referenceFile?: string;
    /** Whether to look into the cluster. */
    readonly cluster: boolean;
    readonly kubeconfig?: string;
    readonly context?: string;
    /** Whether to read pods, for what really runs. */
    readonly pods: boolean;
    readonly namespaceSelector?: string;
    readonly excludeNamespaces?: readonly string[];
    readonly signal?: AbortSignal;
}

/** Everything known of a fleet, and the connection that it was read through, for whoever goes on with it. */
export interface GatheredFleet {
    readonly facts: FleetFacts;
    /** Absent without a cluster. */
    readonly client?: KubeClient;
}

/**
 * Reads all sources at once, and goes on with those that answer: what could not be read is said, and compared with nothing.
 *
 * @throws MendableError when the stacks are of different clusters, or nothing at all could be read
 */
export async function gatherFleet(sources: FleetSources, now: Date): Promise<GatheredFleet> {
    const gaps: Gap[] = [];
    const attempt: Attempt = async (what, work) => {
        try {
            return await work();
        } catch (error) {
            gaps.push({ message: `${what}: ${knownMessage(error)}`, serious: true });
            return undefined;
        }
    };
    const loaded = await loadStacks(sources, attempt);
    const outputsOf = outputsReader(sources, attempt);
    // A ring that is a file of its own is the next one's reference.
    const referenceOf = (stack: string) => {
        const [name = "", project] = stack.split("/").reverse();
        const ring = project === PLATFORM_PROJECT ? undefined : sources.outputsFiles.get(name);
        return outputsOf(stack, ring ?? sources.referenceFile);
    };

    const [deployed, references, live, history] = await Promise.all([
        Promise.all(
            sources.stacks.map(async (stack) => {
                const outputs = await outputsOf(stack, sources.outputsFiles.get(stack));
                return outputs && readDeployed(outputs, stack, attempt);
            }),
        ),
        Promise.all(
            [...loaded].map(async ([stack, { config }]): Promise<[string, RuntimeImages | undefined]> => {
                const outputs = await referenceOf(config.referenceStack);
                return [stack, outputs && (await readPins(outputs, config.referenceStack, attempt))];
            }),
        ),
        sources.cluster
            ? attempt("the cluster was not compared", () => readLive(sources, [...loaded.values()]))
            : undefined,
        findHistory(loaded, sources.project, referenceOf),
    ]);

    const pinsOf = new Map(references);
    const targets: AgentTarget[] = [];
    const targetStacks = new Set<string>();
    for (const [stack, read] of loaded) {
        const pins = pinsOf.get(stack);
        if (pins !== undefined) {
            targets.push(...findTargets(read, stack, pins, now));
            targetStacks.add(stack);
        }
    }
    const known = deployed.filter((one) => one !== undefined);
    const wrongCluster = live === undefined ? undefined : findWrongCluster(live, known);
    if (wrongCluster !== undefined) {
        gaps.push({ message: `the cluster was not compared: ${wrongCluster}`, serious: true });
    }
    gaps.push(...leftOut(sources, history, targetStacks.size > 0));
    const deployedAgents: DeployedAgent[] = known.flatMap(({ agents }) => agents);
    if (targetStacks.size === 0 && known.length === 0 && (live === undefined || wrongCluster !== undefined)) {
        live?.client.close();
        throw new MendableError(
            `nothing could be compared:\n${gaps.map(({ message }) => `  - ${message}`).join("\n")}`,
        );
    }
    return {
        ...(live === undefined ? {} : { client: live.client }),
        facts: {
            stacks: sources.stacks,
            targets: targetStacks.size === 0 ? undefined : targets,
            targetStacks,
            deployed: known.length === 0 ? undefined : deployedAgents,
            live: wrongCluster === undefined ? live?.cluster : undefined,
            pins: references.map(([, pins]) => pins).find((pins) => pins !== undefined),
            history,
            gaps,
            now,
        },
    };
}

async function loadStacks(
    { stacks, project }: FleetSources,
    attempt: Attempt,
): Promise<ReadonlyMap<string, LoadedStack>> {
    const loaded = new Map<string, LoadedStack>();
    for (const stack of stacks) {
        const read = await attempt(`the files of the stack "${stack}" were not read`, () =>
            loadStack(readStackFile(project, ".", stack), stack, project),
        );
        if (read !== undefined) {
            loaded.set(stack, read);
        }
    }
    return loaded;
}

/** Does a part of the work; where it fails, that is a gap, and the part is not there. */
type Attempt = <T>(what: string, work: () => T | Promise<T>) => Promise<T | undefined>;

/** Reads a stack's outputs from its file, or else from the engine: one question for each, however many rings refer to it. */
function outputsReader(
    { engine, project }: FleetSources,
    attempt: Attempt,
): (stack: string, file: string | undefined) => Promise<StackOutputs | undefined> {
    const asked = new Map<string, Promise<StackOutputs | undefined>>();
    return (stack, file) => {
        const read = (work: () => StackOutputs | Promise<StackOutputs>) =>
            attempt(`the outputs of "${stack}" were not read`, work);
        const ask = () =>
            file !== undefined
                ? read(() => readOutputsFile(file))
                : engine
                  ? read(() => readEngineOutputs(project, stack))
                  : Promise.resolve(undefined);
        const answer = asked.get(stack) ?? ask();
        asked.set(stack, answer);
        return answer;
    };
}

function readDeployed(outputs: StackOutputs, stack: string, attempt: Attempt) {
    return attempt(`what "${stack}" deployed was not compared`, () => ({
        agents: readDeployedAgents(outputs["agents"], stack),
        clusterUid: readClusterUid(outputs),
    }));
}

function readPins(outputs: StackOutputs, stack: string, attempt: Attempt) {
    return attempt("the targets were not compared", () =>
        parseRuntimeImages(outputs["runtimeImages"], stack),
    );
}

/** Says so where a stack was applied to another cluster than the context leads to. */
function findWrongCluster(
    { client, cluster }: LiveSource,
    known: readonly { readonly clusterUid: string | undefined }[],
): string | undefined {
    const wrong = known.find(({ clusterUid }) => clusterUid !== undefined && clusterUid !== cluster.uid);
    return (
        wrong &&
        `the context "${client.context}" leads to the cluster "${cluster.uid}", but the stack was applied to "${wrong.clusterUid ?? ""}"`
    );
}

interface LiveSource {
    readonly client: KubeClient;
    readonly cluster: LiveCluster;
}

async function readLive(sources: FleetSources, stacks: readonly LoadedStack[]): Promise<LiveSource> {
    const contexts = new Set(stacks.map(({ config }) => config.kubeContext));
    if (sources.context === undefined && contexts.size > 1) {
        throw new MendableError(
            `the stacks are of different clusters (contexts ${[...contexts].join(", ")}); expected stacks of one, or --context`,
        );
    }
    const settings = stacks.map(({ config }) => config);
    const client = await connectKube(
        chooseCluster(sources, settings.find(({ kubeconfig }) => kubeconfig !== undefined) ?? settings[0]),
    );
    try {
        return { client, cluster: await readCluster(client, { ...sources, retry: READ_RETRIES }) };
    } catch (error) {
        client.close();
        throw error;
    }
}

/** What the caller left out, in sentences: a report must not look fuller than it is. */
function leftOut(sources: FleetSources, history: PinHistory | undefined, targets: boolean): Gap[] {
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
    if (history === undefined && targets) {
        gaps.push("the platform's stack exports no history of pins: how far behind is not known");
    }
    return gaps.map((message) => ({ message, serious: false }));
}

/** The text of an error that people can mend. Anything else is a fault of the program, and is thrown on. */
function knownMessage(error: unknown): string {
    if (error instanceof MendableError) {
        return error.message;
    }
    throw error;
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
