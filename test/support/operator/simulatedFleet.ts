import { type GateConfig, gateSchema } from "../../../config/gate";
import type { Veto, VetoesByDigest } from "../../../config/vetoes";
import type { RuntimeImages } from "../../../images/runtimeImages";
import { formatRuntimeImages, parseRuntimeImages } from "../../../images/runtimeImages";
import { agreePins } from "../../../proof/agreedPins";
import { type Decision, type ProofQuestion, decideProof } from "../../../proof/decideProof";
import { type ProofRecord, type RuntimeProof, formatProof, parseProof } from "../../../proof/proofRecord";
import { pinned } from "../sampleImages";
import { type RunningUpdate, type StackObject, reconcile } from "./operatorRules";
import { type Fate, SimulatedAgent, imageOf } from "./simulatedAgent";

const RUNTIME = "claude-code";

/** Milliseconds after which a rollout that makes no progress has failed. */
const DEADLINE_MS = 600_000;

/** One stack of a simulated fleet. */
export interface StackPlan {
    /** The stacks before it that it reads, by their places; none: the platform. */
    readonly reads: readonly number[];
    readonly agents: number;
    /** Milliseconds. */
    readonly soak: number;
    /** Agents that may fail. */
    readonly failures: number;
}

/** What is done otherwise than this project does it, in a test that must fail. */
export interface Mutation {
    /** What is proven, instead of what was decided. */
    readonly prove?: (question: ProofQuestion, decided: RuntimeProof) => RuntimeProof;
    /** Whether every stack reads the platform, and only the operator's prerequisites hold it back. */
    readonly readsPlatform?: boolean;
    /** Whether the operator updates a commit once, as it does without `continueResyncOnCommitMatch`. */
    readonly updatesOnce?: boolean;
}

/** What a program is doing. */
interface Run {
    readonly update: RunningUpdate;
    readonly preview: boolean;
    readonly startedAt: number;
    pins?: RuntimeImages;
    /** Agents that have their template. */
    deployed: number;
}

interface SimulatedStack extends StackPlan {
    readonly object: StackObject;
    readonly live: readonly SimulatedAgent[];
    readonly gate: GateConfig;
    /** Digests of which somebody who looks from outside has seen enough agents run them for long enough. */
    readonly proven: Set<string>;
    locked: boolean;
    /** Its outputs in the backend, as text. */
    outputs?: string;
    run?: Run;
}

/** A platform, a chain of stacks, a cluster and an operator, each of whose steps is taken when it is told to. */
export class SimulatedFleet {
    public readonly stacks: readonly SimulatedStack[];
    /** Digests that a stack deployed though a stack that it reads has not proven them, or though they are vetoed. */
    public readonly violations: string[] = [];
    /** Deployments of a new digest in stacks that read another stack. */
    public arrivals = 0;
    private now = Date.parse("2026-07-01T12:00:00Z");
    private readonly fates = new Map<string, Fate>();
    private pin = "";
    private readonly commits: VetoesByDigest[] = [new Map()];

    public constructor(
        plans: readonly StackPlan[],
        private readonly mutation: Mutation = {},
    ) {
        this.stacks = plans.map((plan) => ({
            ...plan,
            object: { generation: 1, commit: 0, preview: false, request: 0 },
            live: Array.from({ length: plan.agents }, (_, index) => new SimulatedAgent(index)),
            gate: gateSchema.parse({ soak: `${plan.soak / 1000}s`, failures: plan.failures }),
            proven: new Set(),
            locked: false,
        }));
        this.publish("good");
    }

    /** A new image, which the platform has proven and pins. */
    public publish(fate: Fate): string {
        const digest = `sha256:${this.fates.size.toString(16).padStart(64, "0")}`;
        this.fates.set(digest, fate);
        this.pin = digest;
        return digest;
    }

    /** Moves the platform's pin back to an image that was published before. */
    public rollBack(index: number): void {
        this.pin = [...this.fates.keys()].at(index % this.fates.size) ?? this.pin;
    }

    /** A commit that forbids an image; no object is at it yet. */
    public veto(index: number): void {
        const digest = [...this.fates.keys()].at(index % this.fates.size) ?? "";
        const veto: Veto = { digest, reason: "bad", by: "ann", at: "2026-07-01T12:00:00Z" };
        this.commits.push(new Map([...(this.commits.at(-1) ?? []), [digest, veto]]));
    }

    /** Applies a Stack object of the last commit, whichever of the others are. */
    public applyObject(index: number, preview = false): void {
        const { object } = this.at(index);
        const commit = this.commits.length - 1;
        if (object.commit !== commit || object.preview !== preview) {
            Object.assign(object, { commit, preview, generation: object.generation + 1 });
        }
    }

    /** Annotates a Stack object: what has stalled is tried again. */
    public request(index: number): void {
        this.at(index).object.request++;
    }

    public pass(milliseconds: number): void {
        this.now += milliseconds;
        for (const { live } of this.stacks) {
            live.forEach((agent) => {
                agent.age(this.fateOf, this.now);
            });
        }
        this.look();
    }

    /** Has the operator look at a Stack. */
    public reconcile(index: number): void {
        const stack = this.at(index);
        const prerequisites = stack.reads.map((each) => this.at(each).object);
        const update = reconcile(stack.object, prerequisites, this.now, this.mutation.updatesOnce !== true);
        if (update !== undefined) {
            const { preview } = stack.object;
            stack.run = { update, preview, startedAt: this.now, deployed: 0 };
        }
    }

    /** Lets the program of a stack take its next step. */
    public step(index: number): void {
        const stack = this.at(index);
        const { run } = stack;
        if (run === undefined) {
            return;
        }
        if (run.pins === undefined) {
            this.begin(stack, run);
        } else if (!run.preview && run.deployed < stack.agents) {
            this.deploy(stack, run, run.pins);
        } else {
            this.finish(stack, run, run.pins);
        }
    }

    public control(index: number, agent: number): void {
        this.agentAt(index, agent)?.control(this.fateOf, this.now);
        this.look();
    }

    public restartContainer(index: number, agent: number): void {
        this.agentAt(index, agent)?.restartContainer(this.now);
    }

    public replacePod(index: number, agent: number): void {
        this.agentAt(index, agent)?.replacePod(this.now);
    }

    /** Kills the pod that a program runs in: its update has failed, and the lock of the state stays. */
    public kill(index: number): void {
        const stack = this.at(index);
        if (stack.run !== undefined) {
            stack.run.update.succeeded = false;
            stack.run = undefined;
        }
    }

    /** `pulumi cancel`, where nothing runs. */
    public cancel(index: number): void {
        const stack = this.at(index);
        stack.locked &&= stack.run !== undefined;
    }

    /** Lets everything be looked at, stepped and controlled once or often enough, in this order of stacks. */
    public round(order: readonly number[], steps: number): void {
        for (const index of order) {
            this.reconcile(index);
            for (let step = 0; step < steps; step++) {
                this.step(index);
                this.stacks[index]?.live.forEach((_, agent) => {
                    this.control(index, agent);
                });
            }
        }
    }

    /** What people tidy up after a bad day: all objects at the last commit, no lock, no stall, no pod that was restarted. */
    public tidy(): void {
        this.stacks.forEach(({ live }, index) => {
            this.kill(index);
            this.cancel(index);
            this.applyObject(index);
            this.request(index);
            live.forEach((agent) => {
                agent.replacePod(this.now);
            });
        });
    }

    /** The digest that a stack exports. */
    public exported(index: number): string | undefined {
        return this.proofOf(this.at(index)).get(RUNTIME)?.proven?.image.digest;
    }

    private begin(stack: SimulatedStack, run: Run): void {
        if (stack.locked) {
            // The lock is another's, and stays.
            run.update.succeeded = false;
            stack.run = undefined;
            return;
        }
        stack.locked = true;
        try {
            const { pins } = agreePins(this.readReferences(stack), this.proofOf(stack));
            const pin = pins.get(RUNTIME);
            if (pin === undefined || this.vetoesOf(run).has(pin.image.digest)) {
                this.end(stack, run, false);
                return;
            }
            run.pins = pins;
        } catch {
            // A reference that was never deployed has no outputs.
            this.end(stack, run, false);
        }
    }

    private readReferences({ reads }: SimulatedStack) {
        if (reads.length === 0 || this.mutation.readsPlatform === true) {
            const image = pinned(imageOf(this.pin));
            return [{ stack: "platform", images: new Map([[RUNTIME, { image, release: this.pin }]]) }];
        }
        return reads.map((index) => {
            const { outputs } = this.at(index);
            const { runtimeImages } = JSON.parse(outputs ?? "{}") as { runtimeImages?: unknown };
            return { stack: `s${index}`, images: parseRuntimeImages(runtimeImages, `s${index}`) };
        });
    }

    private deploy(stack: SimulatedStack, run: Run, pins: RuntimeImages): void {
        const digest = pins.get(RUNTIME)?.image.digest ?? "";
        const agent = stack.live[run.deployed++];
        if (agent === undefined || agent.wanted === digest) {
            return;
        }
        agent.deploy(digest);
        this.arrivals += stack.reads.length > 0 ? 1 : 0;
        for (const index of stack.reads) {
            if (!this.at(index).proven.has(digest)) {
                this.violations.push(
                    `stack ${this.stacks.indexOf(stack)} runs what stack ${index} has not proven`,
                );
            }
        }
        if (this.vetoesOf(run).has(digest)) {
            this.violations.push(`stack ${this.stacks.indexOf(stack)} deploys what is vetoed`);
        }
    }

    private finish(stack: SimulatedStack, run: Run, pins: RuntimeImages): void {
        const isLate = this.now - run.startedAt > DEADLINE_MS;
        if (!run.preview && !isLate && !stack.live.every(({ isSettled }) => isSettled)) {
            return;
        }
        const failed = stack.live.filter(({ hasFailed, isSettled }) => hasFailed || !isSettled);
        if (run.preview) {
            // It decides too, and writes nothing.
            this.decide(stack, run, pins);
        } else if (failed.length > stack.failures) {
            this.end(stack, run, false);
            return;
        } else {
            const record = this.decide(stack, run, pins);
            const images = [...record].flatMap(([runtime, { proven }]) =>
                proven === undefined ? [] : [[runtime, proven] as const],
            );
            const runtimeImages = formatRuntimeImages(
                new Map(images.map(([runtime, { image, release }]) => [runtime, { image, release }])),
            );
            stack.outputs = JSON.stringify({ runtimeImages, proof: formatProof(record) });
        }
        this.end(stack, run, true);
    }

    private decide(stack: SimulatedStack, run: Run, pins: RuntimeImages): ProofRecord {
        const question: ProofQuestion = {
            pins,
            before: this.proofOf(stack),
            followers: stack.live.map((agent, index) => ({
                name: `acme/a${index}`,
                org: "acme",
                agent: `a${index}`,
                runtime: RUNTIME,
                live: agent.describe(),
            })),
            digests: new Map(),
            gate: stack.gate,
            vetoes: this.vetoesOf(run),
            now: new Date(this.now),
        };
        const { prove } = this.mutation;
        return new Map(
            [...decideProof(question)].map(([runtime, decision]) => {
                const decided = settle(decision);
                return [runtime, prove?.(question, decided) ?? decided];
            }),
        );
    }

    private end(stack: SimulatedStack, run: Run, succeeded: boolean): void {
        run.update.succeeded = succeeded;
        stack.locked = false;
        stack.run = undefined;
    }

    /** Somebody looks from outside at what really runs. */
    private look(): void {
        for (const { live, soak, proven, gate } of this.stacks) {
            const soaked = live.flatMap((agent) => agent.soaked(soak, this.now) ?? []);
            for (const [digest, agents] of Map.groupBy(soaked, (each) => each)) {
                if (agents.length >= gate.agents) {
                    proven.add(digest);
                }
            }
        }
    }

    private readonly fateOf = (digest: string): Fate => this.fates.get(digest) ?? "crashes";

    private proofOf({ outputs }: SimulatedStack): ProofRecord {
        const { proof } = JSON.parse(outputs ?? "{}") as { proof?: unknown };
        return parseProof(proof) ?? new Map();
    }

    private vetoesOf({ update }: Run): VetoesByDigest {
        return this.commits[update.commit] ?? new Map();
    }

    private at(index: number): SimulatedStack {
        const stack = this.stacks[index % this.stacks.length];
        if (stack === undefined) {
            throw new Error("a fleet has a stack");
        }
        return stack;
    }

    private agentAt(index: number, agent: number): SimulatedAgent | undefined {
        const { live } = this.at(index);
        return live[agent % Math.max(1, live.length)];
    }
}

function settle({ ready, proven, waiting }: Decision): RuntimeProof {
    return ready === undefined ? { proven, waiting } : { proven: ready };
}
