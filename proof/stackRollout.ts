import * as pulumi from "@pulumi/pulumi";
import type { GateConfig } from "../config/gate";
import type { VetoesByDigest } from "../config/vetoes";
import { isExpired } from "../images/imageOverride";
import { type PinnedReference, formatImageReference } from "../images/imageReference";
import {
    type RuntimeImage,
    type RuntimeImages,
    type RuntimeImagesOutput,
    formatRuntimeImages,
} from "../images/runtimeImages";
import { pause } from "../lib/system/pause";
import { type Decision, type Follower, decideProof } from "./decideProof";
import { describeProof } from "./describeProof";
import { findDigests } from "./findDigests";
import { type ProofOutput, type ProofRecord, type RuntimeProof, formatProof } from "./proofRecord";
import type { Forbids } from "./permitImages";
import { type RolledAgent, keyOf } from "./rolledAgent";
import { type EndedRollout, RolloutGate, type WatchedAgent } from "./rolloutGate";
import type { RolloutWorld } from "./rolloutWorld";
import { settleDecision } from "./runChecks";
import { describeWaiting, findWaiting, mayLack } from "./waitingAgents";
import { messageOf } from "../lib/text/mendableError";

/** Milliseconds between two decisions of an `up` that waits for a soak. */
const WAIT_STEP_MS = 5_000;

/** What a stack's rollout depends on. */
export interface StackRolloutOptions {
    readonly gate: GateConfig;
    readonly vetoes: VetoesByDigest;
    /** Seconds in which a rollout must make progress. */
    readonly progressDeadlineSeconds: number;
    /** The cluster; absent where the program is only rendered, and then nothing is rolled, watched or decided. */
    readonly world?: RolloutWorld;
    /** See {@link decideProof}. */
    readonly byRelease?: (runtime: string) => boolean;
    readonly forbids?: Forbids;
}

/** What a stack exports for the next ring, and why. */
export interface ProvenOutputs {
    readonly runtimeImages: RuntimeImagesOutput;
    /** Absent where the program is only rendered. */
    readonly proof?: ProofOutput;
}

/** The rollout of one stack's agents in one run of its program, and what it proves. */
export class StackRollout {
    private readonly gate: RolloutGate | undefined;
    private readonly agents: RolledAgent[] = [];
    private readonly applied: pulumi.Output<string>[] = [];

    public constructor(private readonly options: StackRolloutOptions) {
        const { gate, progressDeadlineSeconds, world } = options;
        this.gate =
            world === undefined || pulumi.runtime.isDryRun()
                ? undefined
                : new RolloutGate(gate, progressDeadlineSeconds * 1_000, world);
    }

    /** Declares an agent with its image as it is known when its turn has come, and watches it from when the API server has it. */
    public roll<T extends { readonly id: pulumi.Output<string> }>(
        agent: RolledAgent,
        image: pulumi.Input<PinnedReference>,
        declare: (image: pulumi.Output<PinnedReference>) => T,
    ): T {
        const { gate } = this;
        const wanted = pulumi.output(image) as pulumi.Output<PinnedReference>;
        const declared = declare(
            wanted.apply(async (value) => {
                await gate?.admit(this.watched(agent, value)).catch(asRunError);
                return value;
            }),
        );
        this.agents.push(agent);
        this.applied.push(declared.id);
        pulumi.all([declared.id, wanted]).apply(([, value]) => void gate?.watch(this.watched(agent, value)));
        return declared;
    }

    /** Says which agents will wait for what their namespaces lack, before anything is rolled. */
    public async warnOfWaiting(): Promise<void> {
        for (const line of await describeWaiting(this.options.world, this.agents)) {
            await pulumi.log.warn(line);
        }
    }

    /** Asks an agent that somebody else rolls what it runs, as one of those on the stack's pin. */
    public follow(agent: RolledAgent): void {
        this.agents.push(agent);
    }

    /**
     * Decides, after all rollouts of this run, what the stack exports. Evaluated at every preview and `up`, also when nothing
     * changed. Ends the update where more agents failed than the gate tolerates: it then exports what it did before.
     */
    public prove(
        pins: pulumi.Input<Readonly<Record<string, RuntimeImage>>>,
        before: ProofRecord,
    ): pulumi.Output<ProvenOutputs> {
        const { world } = this.options;
        return pulumi
            .all([pins, pulumi.all(this.applied)])
            .apply(async ([images]): Promise<ProvenOutputs> => {
                const known: RuntimeImages = new Map(Object.entries(images as Record<string, RuntimeImage>));
                if (world === undefined) {
                    return { runtimeImages: formatRuntimeImages(known) };
                }
                const ended = (await this.gate?.settled()) ?? [];
                const record = await this.decide(known, before, world);
                const dry = pulumi.runtime.isDryRun();
                for (const line of describeProof(record)) {
                    await (line.warning && !dry ? pulumi.log.warn(line.text) : pulumi.log.info(line.text));
                }
                for (const { agent, failure = "" } of ended.filter(({ waits }) => waits)) {
                    await pulumi.log.warn(`${agent.name}: ${failure}; everybody else is rolled`);
                }
                const { gate, forbids } = this.options;
                const held = (runtime: string) => {
                    const pin = known.get(runtime);
                    return pin !== undefined && forbids?.(runtime, pin.image) !== undefined;
                };
                refuseFailures(ended, gate, held);
                return {
                    runtimeImages: formatRuntimeImages(provenImages(record)),
                    proof: formatProof(record),
                };
            });
    }

    private async decide(
        pins: RuntimeImages,
        before: ProofRecord,
        world: RolloutWorld,
    ): Promise<ProofRecord> {
        const { gate } = this.options;
        const giveUp = world.now().getTime() + (this.gate === undefined ? 0 : gate.wait);
        for (;;) {
            const decisions = await this.decideNow(pins, before, world);
            const record = new Map<string, RuntimeProof>();
            for (const [runtime, decision] of decisions) {
                record.set(runtime, await settleDecision(runtime, decision, gate));
            }
            const soaking = [...record.values()].flatMap(({ waiting }) => waiting?.earliest ?? []);
            const next = Math.min(...soaking.map((time) => Date.parse(time)));
            if (soaking.length === 0 || next > giveUp) {
                return record;
            }
            await pause(Math.max(250, Math.min(WAIT_STEP_MS, next - world.now().getTime())));
        }
    }

    private async decideNow(
        pins: RuntimeImages,
        before: ProofRecord,
        world: RolloutWorld,
    ): Promise<ReadonlyMap<string, Decision>> {
        const { gate, vetoes, byRelease, forbids } = this.options;
        const question = { pins, before, gate, vetoes, byRelease, forbids, now: world.now() };
        let followers: readonly Follower[];
        try {
            const seen = await world.look();
            const asked = await Promise.all(
                this.agents
                    .filter(({ follows }) => follows)
                    .map(async (agent): Promise<Follower & RolledAgent> => {
                        const agents = (await agent.reference?.look()) ?? seen;
                        return { ...agent, live: agents.get(keyOf(agent)) };
                    }),
            );
            const { agents: waiting } = await findWaiting(
                world,
                asked.filter(({ live }) => mayLack(live)),
            );
            followers = asked.map((agent) => ({ ...agent, waitsFor: waiting.get(keyOf(agent)) }));
        } catch (error) {
            const why = messageOf(error);
            const unknown = `what really runs cannot be read: ${why}`;
            return decideProof({ ...question, followers: { unknown }, digests: new Map() });
        }
        const digests = await findDigests(pins, followers, world.platforms);
        return decideProof({ ...question, followers, digests });
    }

    private watched(agent: RolledAgent, image: PinnedReference): WatchedAgent {
        const now = this.options.world?.now() ?? new Date();
        return {
            name: agent.name,
            key: keyOf(agent),
            runtime: agent.runtime,
            image: formatImageReference(image),
            follows: agent.follows,
            waitsFor: async () => (await findWaiting(this.options.world, [agent])).agents.get(keyOf(agent)),
            excused: this.options.gate.excused.some(
                (each) =>
                    each.org === agent.org &&
                    (each.agent ?? agent.agent) === agent.agent &&
                    !isExpired(each, now),
            ),
        };
    }
}

function provenImages(record: ProofRecord): RuntimeImages {
    return new Map(
        [...record].flatMap(([runtime, { proven }]) =>
            proven === undefined
                ? []
                : [
                      [
                          runtime,
                          { image: proven.image, release: proven.release, promotedAt: proven.promotedAt },
                      ],
                  ],
        ),
    );
}

/** Ends the update where what failed is not tolerated, after everybody else was rolled. */
function refuseFailures(
    ended: readonly EndedRollout[],
    gate: GateConfig,
    held: (runtime: string) => boolean,
): void {
    const failed = ended.flatMap(({ agent, failure, waits }) =>
        failure === undefined || agent.excused || waits ? [] : [{ agent, failure }],
    );
    const refused = [...Map.groupBy(failed, ({ agent }) => agent.runtime)].filter(
        ([runtime, agents]) =>
            agents.length > gate.failures ||
            // Nobody could run it: that is no success, however few may fail.
            (!held(runtime) &&
                agents.some(({ agent }) => agent.follows) &&
                ended.every(({ agent, failure }) => agent.runtime !== runtime || failure !== undefined)),
    );
    if (refused.length > 0) {
        const lines = refused.flatMap(([, agents]) =>
            agents.map(({ agent, failure }) => `  - ${agent.name}: ${failure}`),
        );
        throw new pulumi.RunError(
            `${lines.length === 1 ? "1 agent" : `${lines.length} agents`} could not be rolled; all others were, and the old pods of these keep running:\n` +
                `${lines.join("\n")}\nWhat this stack exports stays as it was. Run it again when they can start, or write down under gate.excused who answers for them.`,
        );
    }
}

/** The engine shows a RunError without a stack trace. */
function asRunError(error: unknown): never {
    throw error instanceof Error ? new pulumi.RunError(error.message) : error;
}
