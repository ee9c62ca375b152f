import { CUSTOMER_ORGS_PROJECT, type LoadedStack } from "../../config/loadStack";
import { readStackFile } from "../../config/readStackFile";
import { loadNamedStack } from "../../config/loadStacks";
import { PLATFORM_PROJECT, type ReferenceChain, followReferences } from "../../config/referenceChain";
import { readCoreFleet } from "../../engine/coreFleet";
import { readEngineState } from "../../engine/engineOutputs";
import { readStateFile } from "../../engine/outputsFile";
import type { StackState } from "../../engine/stackState";
import { withDigest } from "../../images/imageReference";
import { type RuntimeImage, type RuntimeImages, parseRuntimeImages } from "../../images/runtimeImages";
import { agreePins } from "../../proof/agreedPins";
import { parseProof } from "../../proof/proofRecord";
import { MendableError } from "../../lib/text/mendableError";
import { readCoreDeployed, readOrgsDeployed } from "./deployedAgents";
import type { StackFacts } from "./fleetFacts";
import type { FleetSources } from "./fleetSources";
import { type PinHistory, parsePinHistory } from "../../images/pinHistory";
import { findCoreTargets, findTargets } from "./stackTargets";

/** Does a part of the work for a stack; where it fails, that is a gap, the part is not there, and nothing of the stack is called fine. */
export type Attempt = <T>(what: string, work: () => T | Promise<T>) => Promise<T | undefined>;

/** One stack as its files and its state have it, with the cluster that its settings name and the one that it was applied to. */
export interface ReadStack {
    readonly facts: StackFacts;
    readonly settings?: { readonly kubeContext: string; readonly kubeconfig?: string };
    readonly clusterUid?: string;
}

/** Reads stacks from their files and the engine, each state once, however many rings refer to it. */
export class StackReader {
    private readonly asked = new Map<string, Promise<StackState>>();

    public constructor(
        private readonly sources: FleetSources,
        private readonly attemptFor: (unread: string[]) => Attempt,
        private readonly now: Date,
    ) {}

    /** A stack of customers' orgs. */
    public async readOrgs(stack: string): Promise<ReadStack & Pick<ReferenceChain, "end">> {
        const unread: string[] = [];
        const attempt = this.attemptFor(unread);
        const loaded = await attempt(`the files of the stack "${stack}" were not read`, () =>
            loadNamedStack(this.sources.project, stack),
        );
        const chain = followReferences(stack, (name) => this.referencesOf(name, stack, loaded));
        // They are the first of the chain; without any there is one to say that it is not read.
        const direct = loaded?.config.referenceStack ?? chain.references.slice(0, 1);
        const [own, ...states] = await Promise.all([
            this.stateOf(stack, this.sources.outputsFiles.get(stack), attempt),
            ...chain.references.map((name, index) =>
                // Of the others only how far behind is wanted: a chain that cannot be read to its end is no gap.
                this.stateOf(name, this.fileOf(name), index < direct.length ? attempt : quietly),
            ),
        ]);
        const read = direct.map((reference, index) => ({ reference, state: states[index] }));
        const pins = read.some(({ state }) => state === undefined)
            ? undefined
            : await attempt("the targets were not compared", () => {
                  const references = read.map(({ reference, state }) => ({
                      stack: reference,
                      images: parseRuntimeImages(state?.outputs["runtimeImages"], reference),
                  }));
                  return agreePins(references, parseProof(own?.outputs["proof"]) ?? new Map()).pins;
              });
        const deployed =
            own &&
            (await attempt(`what "${stack}" deployed was not compared`, () => readOrgsDeployed(own, stack)));
        return {
            settings: loaded?.config ?? (await quietly("", () => this.readSettings(stack))),
            clusterUid: own?.clusterUid,
            end: chain.end,
            facts: {
                stack,
                targets: pins && loaded && findTargets(loaded, pins, this.now),
                deployed,
                outputs: own?.outputs,
                pins,
                history: states
                    .map((state) => parsePinHistory(state?.outputs["pinHistory"]))
                    .find((history) => history !== undefined),
                proof: parseProof(own?.outputs["proof"]),
                unread,
            },
        };
    }

    /** Which cluster a stack names, where one of its orgs' files cannot be read: what was deployed is compared all the same. */
    private readSettings(stack: string): ReadStack["settings"] {
        const raw = readStackFile(this.sources.project, ".", stack);
        const kubeContext = raw[`${CUSTOMER_ORGS_PROJECT}:kubeContext`];
        const kubeconfig = raw[`${CUSTOMER_ORGS_PROJECT}:kubeconfig`];
        return kubeContext === undefined ? undefined : { kubeContext, kubeconfig };
    }

    /** The core fleet of an environment; `undefined` where the checkout does not have it. */
    public async readCore(environment: string): Promise<ReadStack | undefined> {
        const unread: string[] = [];
        const attempt = this.attemptFor(unread);
        const stack = `${PLATFORM_PROJECT}/${environment}`;
        const plan = await attempt("the core fleet was not compared", () =>
            readCoreFleet(this.sources.project, environment),
        );
        if (plan === undefined) {
            return unread.length === 0 ? undefined : { facts: { stack, unread, coreNamespace: "" } };
        }
        const name = `organization/${stack}`;
        const state = await this.stateOf(name, this.sources.referenceFile, attempt);
        const history = parsePinHistory(state?.outputs["pinHistory"]);
        const pins =
            state &&
            (await attempt("the targets were not compared", () => deployedPins(state, history, name)));
        return {
            settings: plan,
            clusterUid: state?.clusterUid,
            facts: {
                stack,
                coreNamespace: plan.namespace,
                targets: findCoreTargets(plan, pins),
                deployed: state && readCoreDeployed(state, stack, plan),
                pins,
                history,
                proof: parseProof(state?.outputs["proof"]),
                unread,
            },
        };
    }

    private referencesOf(
        name: string,
        stack: string,
        loaded: LoadedStack | undefined,
    ): readonly string[] | undefined {
        try {
            return (name === stack ? loaded : loadNamedStack(this.sources.project, name))?.config
                .referenceStack;
        } catch (error) {
            if (!(error instanceof MendableError)) {
                throw error;
            }
            // A ring that was not asked for itself, and may not be readable: then the chain ends before it.
            return undefined;
        }
    }

    /** The file that a reference is read from; a ring that is a file of its own is the next one's reference. */
    private fileOf(reference: string): string | undefined {
        const [name = "", project] = reference.split("/").reverse();
        const ring = project === PLATFORM_PROJECT ? undefined : this.sources.outputsFiles.get(name);
        return ring ?? this.sources.referenceFile;
    }

    private stateOf(
        stack: string,
        file: string | undefined,
        attempt: Attempt,
    ): Promise<StackState | undefined> {
        const { engine, project } = this.sources;
        if (file === undefined && !engine) {
            return Promise.resolve(undefined);
        }
        // One question for all, and an answer to each: nothing of a stack is fine whose reference was not read.
        const answer =
            this.asked.get(stack) ??
            (file === undefined
                ? readEngineState(project, stack)
                : Promise.resolve().then(() => readStateFile(file)));
        this.asked.set(stack, answer);
        return attempt(`the outputs of "${stack}" were not read`, () => answer);
    }
}

/** What can be had without it is had without it. */
const quietly: Attempt = async (_, work) => {
    try {
        return await work();
    } catch (error) {
        if (error instanceof MendableError) {
            return undefined;
        }
        throw error;
    }
};

/** The pins that a platform was deployed with, proven or not; its own proof may be behind them. */
function deployedPins(
    { outputs }: StackState,
    history: PinHistory | undefined,
    stack: string,
): RuntimeImages | undefined {
    const pins = [...(history ?? [])].flatMap(([runtime, [pin]]): [string, RuntimeImage][] =>
        pin === undefined || "unreadable" in pin.image || pin.image.digest === undefined
            ? []
            : [[runtime, { ...pin, image: withDigest(pin.image) }]],
    );
    const { runtimeImages } = outputs;
    return pins.length > 0 || runtimeImages === undefined
        ? new Map(pins)
        : parseRuntimeImages(runtimeImages, stack);
}
