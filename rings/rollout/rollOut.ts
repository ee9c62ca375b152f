import { pause } from "../../lib/system/pause";
import { MendableError } from "../../lib/text/mendableError";
import type { Chain } from "../chain";
import { type Board, type StackProgress, changeStack } from "./board";
import type { StackJudgement } from "./judgeStack";
import type { StackOutcome } from "./updateStack";

/** What a rollout asks and does. */
export interface RingWorld {
    /**
     * Where a stack is now, by its outputs and its cluster.
     *
     * @throws MendableError where that cannot be read
     */
    readonly judge: (stack: string) => Promise<StackJudgement>;
    /** Previews and updates it. */
    readonly update: (
        stack: string,
        onlyChanges: boolean,
        step: (step: "previewing" | "updating") => void,
    ) => Promise<StackOutcome>;
    readonly now: () => Date;
}

/** How a rollout goes about it. */
export interface RolloutRules {
    /** Stacks of a ring that are updated at the same time. */
    readonly parallel: number;
    /** Whether the other stacks of a ring are begun where an update of one has failed. */
    readonly keepGoing: boolean;
    /** Whether stacks that are proven are previewed too, for what is no image. */
    readonly everything: boolean;
    /** Milliseconds for which soaks are waited for, in all. */
    readonly wait: number;
    /** Once it is aborted nothing more is begun. */
    readonly signal: AbortSignal;
    /** Is shown the board each time that something has changed. */
    readonly show: (board: Board) => void;
}

/** How often a stack is updated in a run because somebody changed its files while it was. */
const MAX_UPDATES = 5;

/** Milliseconds behind the end of a soak at which its stack is asked again: clocks differ. */
const LATE_MS = 500;

/**
 * Goes through the rings, one after the other: a ring is begun only when every stack of the one before has proven what it reads. Where a
 * stack has come to is decided afresh each time by its outputs and its cluster, so that a rollout which was interrupted is gone on with
 * by beginning it again.
 */
export async function rollOut(
    chain: Chain,
    start: Board,
    world: RingWorld,
    rules: RolloutRules,
): Promise<Board> {
    const run = new RolloutRun(start, world, rules);
    const deadline = world.now().getTime() + rules.wait;
    for (const ring of chain.rings) {
        const stacks = ring.map(({ stack }) => stack);
        await run.advanceAll(stacks);
        for (;;) {
            const next = run.nextSoak(stacks);
            if (rules.signal.aborted || next === undefined || next.at > deadline) {
                break;
            }
            await pause(Math.max(0, next.at - world.now().getTime()), rules.signal).catch(() => undefined);
            await run.advanceAll([next.stack]);
        }
        if (!run.isProven(stacks)) {
            break;
        }
    }
    return run.board;
}

class RolloutRun {
    private stopped = false;

    public constructor(
        public board: Board,
        private readonly world: RingWorld,
        private readonly rules: RolloutRules,
    ) {}

    public isProven(stacks: readonly string[]): boolean {
        return this.of(stacks).every(({ state }) => state === "proven");
    }

    /** The stack of a ring whose soak is over first; nothing where more than time is missing in the ring. */
    public nextSoak(stacks: readonly string[]): { readonly stack: string; readonly at: number } | undefined {
        const open = this.of(stacks).filter(({ state }) => state !== "proven");
        const times = open
            .map(({ stack, until }) => ({ stack, at: Date.parse(until ?? "") + LATE_MS }))
            .sort((a, b) => a.at - b.at);
        return open.every(({ state }) => state === "soaking") ? times[0] : undefined;
    }

    /** Takes stacks as far as they go now, a few at a time. */
    public async advanceAll(stacks: readonly string[]): Promise<void> {
        const { parallel, signal } = this.rules;
        const queue = [...stacks];
        const work = async () => {
            for (let stack = queue.shift(); stack !== undefined; stack = queue.shift()) {
                if (!signal.aborted && !this.stopped) {
                    await this.advance(stack);
                }
            }
        };
        await Promise.all(Array.from({ length: Math.min(parallel, stacks.length) }, work));
    }

    private async advance(stack: string): Promise<void> {
        const { signal, everything, keepGoing } = this.rules;
        const set = (change: Partial<StackProgress>) => {
            this.board = changeStack(this.board, stack, change);
            this.rules.show(this.board);
        };
        let done: Partial<StackProgress> = {};
        try {
            set({ state: "looking", why: [] });
            let judged = await this.world.judge(stack);
            for (let left = MAX_UPDATES; needsUpdate(judged, everything) && left > 0; left--) {
                const outcome = await this.world.update(stack, judged.kind === "proven", (state) => {
                    set({ state });
                });
                if (outcome.kind === "failed" || outcome.kind === "refused") {
                    this.stopped ||= outcome.kind === "failed" && !keepGoing;
                    set({ ...done, state: outcome.kind, why: outcome.why });
                    return;
                }
                judged = await this.world.judge(stack);
                if (outcome.kind === "unchanged") {
                    break;
                }
                const { checkpoints, outdated } = outcome;
                done = { updated: true, checkpoints: checkpoints || done.checkpoints === true };
                // An org that came, went or was changed meanwhile holds nobody up behind it.
                if (!outdated || judged.kind !== "behind" || signal.aborted) {
                    break;
                }
            }
            set({ ...settle(judged), ...done });
        } catch (error) {
            if (!(error instanceof MendableError)) {
                throw error;
            }
            const state = signal.aborted && error === signal.reason ? "left" : "failed";
            set({ ...done, state, why: [error.message] });
        }
    }

    private of(stacks: readonly string[]): readonly StackProgress[] {
        return this.board.rings.flat().filter(({ stack }) => stacks.includes(stack));
    }
}

function needsUpdate({ kind }: StackJudgement, everything: boolean): boolean {
    return kind === "behind" || kind === "due" || kind === "unproven" || (kind === "proven" && everything);
}

/** Where a stack has come to that nothing more is done with now. */
function settle(judged: StackJudgement): Partial<StackProgress> {
    const { kind, why, until, moves, comes, goes } = judged;
    switch (kind) {
        case "behind": {
            const who = [...moves.map(({ org, agent }) => `${org}/${agent}`), ...comes, ...goes];
            const more = who.length > 5 ? ` and ${who.length - 5} more` : "";
            const left = `not as its files and its references say: ${who.slice(0, 5).join(", ")}${more}`;
            return { state: "unproven", why: [...why, left], plan: judged };
        }
        case "due":
        case "soaking":
            return { state: "soaking", why, until, plan: judged };
        default:
            return { state: kind, why, plan: judged };
    }
}
