import type { Chain } from "../chain";
import type { StackJudgement } from "./judgeStack";

/** What a stack is doing, or where it has come to in this run. */
export type StackState =
    | "left"
    | "looking"
    | "previewing"
    | "updating"
    | "proven"
    | "soaking"
    | "held"
    | "unproven"
    | "refused"
    | "failed";

/** One stack of a rollout, as far as it has come. */
export interface StackProgress {
    readonly stack: string;
    /** From 1 on. */
    readonly ring: number;
    /** The stacks of rings before it that it reads. */
    readonly reads: readonly string[];
    readonly state: StackState;
    /** Sentences: what is missing or went wrong. */
    readonly why: readonly string[];
    /** RFC 3339 time at which its soak is over at the earliest. */
    readonly until?: string;
    /** What an update would change, by what its references have proven; by what they will where they have not. */
    readonly plan?: StackJudgement;
    /** Whether this run has updated it. */
    readonly updated: boolean;
    /** Whether the engine wrote down each step of the update, where there was one. */
    readonly checkpoints?: boolean;
}

/** All stacks of a rollout at one moment. */
export interface Board {
    /** `platform/prod` */
    readonly origin: string;
    readonly rings: readonly (readonly StackProgress[])[];
}

/** How a rollout ended: everything is proven; only time or a pause is missing; something is wrong. */
export type Outcome = "proven" | "waiting" | "failed";

/** A board on which nothing has begun. */
export function emptyBoard({ origin, rings }: Chain): Board {
    return {
        origin,
        rings: rings.map((ring, index) =>
            ring.map(({ stack, reads }) => ({
                ...{ stack, reads, ring: index + 1 },
                ...{ state: "left" as const, why: [], updated: false },
            })),
        ),
    };
}

/** The board with one stack changed. */
export function changeStack(board: Board, stack: string, change: Partial<StackProgress>): Board {
    return {
        ...board,
        rings: board.rings.map((ring) =>
            ring.map((each) => (each.stack === stack ? { ...each, ...change } : each)),
        ),
    };
}

const WRONG: readonly StackState[] = ["failed", "refused", "unproven"];

/** What came of a rollout that has ended. */
export function outcomeOf({ rings }: Board): Outcome {
    const states = rings.flat().map(({ state }) => state);
    return states.some((state) => WRONG.includes(state))
        ? "failed"
        : states.every((state) => state === "proven")
          ? "proven"
          : "waiting";
}
