import type { GateConfig } from "../config/gate";
import type { LiveAgents } from "../kube/readAgents";
import { pause } from "../lib/system/pause";
import { MendableError, messageOf } from "../lib/text/mendableError";
import { type AgentProof, judgeAgentProof } from "./agentProof";
import type { RolloutWorld } from "./rolloutWorld";
import { mayLack } from "./waitingAgents";

/** Milliseconds between two looks at the cluster: the first, and the longest. */
const FIRST_LOOK_MS = 250;
const LONGEST_LOOK_MS = 2_000;

/** How long an agent must fail in the same way before a reason that may pass counts: an image pull is tried again, a quota grows. */
const FAILING_MS = 15_000;

/** Beyond Kubernetes' own deadline, so that its word comes first. */
const GRACE_MS = 30_000;

/** One agent whose rollout is watched. */
export interface WatchedAgent {
    /** `acme/coder` */
    readonly name: string;
    /** `namespace/deployment` */
    readonly key: string;
    readonly runtime: string;
    /** `repository[:tag]@digest` */
    readonly image: string;
    /** Whether it is on the stack's pin: the others prove nothing and stop nobody. */
    readonly follows: boolean;
    /** Whether somebody answers for its failing. */
    readonly excused: boolean;
    /** What its namespace lacks without which it cannot start, in words, asked anew. */
    readonly waitsFor?: () => Promise<string | undefined>;
}

/** How a watched rollout ended: `undefined` where the agent runs, or soaks. */
export interface EndedRollout {
    readonly agent: WatchedAgent;
    readonly failure?: string;
    /** Whether it waits for what its namespace lacks: it says nothing of the image, and stops nobody. */
    readonly waits?: boolean;
}

/** Too many agents of one runtime failed: nothing more is begun with its pin. */
export class RolloutStopped extends MendableError {}

interface Watch {
    readonly agent: WatchedAgent;
    readonly deadline: number;
    readonly end: (end: Pick<EndedRollout, "failure" | "waits">) => void;
    /** When it is asked next whether its namespace lacks something. */
    askAt: number;
    /** Since when it fails, by the same reason. */
    failing?: { readonly why: string; readonly since: number };
    /** What was seen last, for whoever reads why time ran out. */
    last: string;
}

/**
 * Rolls agents a few at a time and watches each until it runs or cannot. It stands in for the provider's own wait, which knows
 * no other customer: there, one that fails ends the update of all.
 *
 * A bad image reaches at most `gate.parallel` agents: when more than `gate.failures` of a runtime fail, no other one is begun.
 * The old pods keep serving, since no Deployment gives one up before its successor is ready.
 */
export class RolloutGate {
    private readonly queue: (() => void)[] = [];
    private running = 0;
    private readonly watches = new Set<Watch>();
    private readonly failed = new Map<string, string[]>();
    private readonly ended: Promise<EndedRollout>[] = [];
    private looking = false;

    public constructor(
        private readonly gate: Pick<GateConfig, "parallel" | "failures">,
        /** Milliseconds in which Kubernetes calls a rollout failed. */
        private readonly deadlineMs: number,
        private readonly world: RolloutWorld,
    ) {}

    /**
     * Answers when the agent's turn has come.
     *
     * @throws RolloutStopped when its runtime's pin failed too often by then; all rollouts that were begun have ended then
     */
    public async admit(agent: WatchedAgent): Promise<void> {
        if (this.running >= this.gate.parallel) {
            await new Promise<void>((resolve) => this.queue.push(resolve));
        }
        this.running++;
        const stopped = this.whyStopped(agent);
        if (stopped !== undefined) {
            this.leave();
            await this.settled();
            throw new RolloutStopped(stopped);
        }
    }

    /** Watches an admitted agent, once the API server has its new Deployment, and lets the next one in when it has ended. */
    public watch(agent: WatchedAgent): Promise<EndedRollout> {
        const ended = new Promise<Pick<EndedRollout, "failure" | "waits">>((resolve) => {
            const now = this.world.now().getTime();
            const deadline = now + this.deadlineMs + GRACE_MS;
            const last = "nothing was seen of it yet";
            this.watches.add({ agent, deadline, askAt: now + FAILING_MS, end: resolve, last });
        }).then(({ failure, waits }): EndedRollout => {
            if (failure !== undefined && agent.follows && !agent.excused && waits !== true) {
                const failures = this.failed.get(agent.runtime) ?? [];
                this.failed.set(agent.runtime, failures);
                failures.push(`${agent.name}: ${failure}`);
            }
            this.leave();
            return { agent, ...(failure !== undefined && { failure }), ...(waits === true && { waits }) };
        });
        this.ended.push(ended);
        void this.look();
        return ended;
    }

    /** How all the rollouts that were begun ended. */
    public async settled(): Promise<readonly EndedRollout[]> {
        let known: readonly EndedRollout[] = [];
        // More may be begun while these are waited for.
        while (known.length < this.ended.length) {
            known = await Promise.all(this.ended);
        }
        return known;
    }

    private whyStopped({ runtime, image, follows }: WatchedAgent): string | undefined {
        const failures = follows ? (this.failed.get(runtime) ?? []) : [];
        return failures.length > this.gate.failures
            ? `${failures.length} agents of the runtime "${runtime}" cannot run "${image}", at most ${this.gate.failures} may ` +
                  `(gate.failures); no other one is rolled to it:\n${failures.map((each) => `  - ${each}`).join("\n")}`
            : undefined;
    }

    private leave(): void {
        this.running--;
        this.queue.shift()?.();
    }

    /** One loop for all, while there is anything to watch: two lists a look, whatever the number of agents. */
    private async look(): Promise<void> {
        if (this.looking) {
            return;
        }
        this.looking = true;
        for (let wait = FIRST_LOOK_MS; this.watches.size > 0; wait = Math.min(wait * 1.5, LONGEST_LOOK_MS)) {
            await pause(wait);
            const before = this.watches.size;
            await this.lookOnce();
            wait = this.watches.size < before ? FIRST_LOOK_MS : wait;
        }
        this.looking = false;
    }

    private async lookOnce(): Promise<void> {
        let agents: LiveAgents | undefined;
        let unread = "";
        try {
            agents = await this.world.look();
        } catch (error) {
            // An API server that restarts is back before the deadline; what it says by then is what counts.
            unread = `the cluster cannot be read: ${messageOf(error)}`;
        }
        const now = this.world.now();
        for (const watch of [...this.watches]) {
            const { agent } = watch;
            const proof =
                agents === undefined
                    ? undefined
                    : judgeAgentProof(agents.get(agent.key), agent.image, undefined, NO_GATE, now);
            const end = judgeEnd(watch, proof, unread, now.getTime());
            const lack = mayLack(agents?.get(agent.key))
                ? await askForLack(watch, end, now.getTime())
                : undefined;
            if (lack !== undefined || end !== undefined) {
                this.watches.delete(watch);
                watch.end(
                    lack === undefined ? (end ?? {}) : { failure: `it waits for ${lack}`, waits: true },
                );
            }
        }
    }
}

/** What an agent lacks that fails, or has not come up after a while. */
async function askForLack(
    watch: Watch,
    end: { readonly failure?: string } | undefined,
    now: number,
): Promise<string | undefined> {
    if (end === undefined ? now < watch.askAt : end.failure === undefined) {
        return undefined;
    }
    watch.askAt = now + FAILING_MS;
    return watch.agent.waitsFor?.();
}

/** Whether a rollout is over is asked here; whether it has soaked, and what its pods are by their digests, when a proof is decided. */
const NO_GATE = { soak: 0, restarts: Number.POSITIVE_INFINITY };

function judgeEnd(
    watch: Watch,
    proof: AgentProof | undefined,
    unread: string,
    now: number,
): { readonly failure?: string } | undefined {
    if (proof?.kind === "proves" || proof?.kind === "soaking" || proof?.kind === "idle") {
        return {};
    }
    watch.last = proof?.why ?? unread;
    if (proof?.kind === "failed") {
        const since = watch.failing?.why === proof.why ? watch.failing.since : now;
        watch.failing = { why: proof.why, since };
        if (proof.certain || now - since >= FAILING_MS) {
            return { failure: proof.why };
        }
    } else if (proof !== undefined) {
        watch.failing = undefined;
    }
    return now >= watch.deadline
        ? { failure: `it did not come to an end in time: ${watch.last}` }
        : undefined;
}
