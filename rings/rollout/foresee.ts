import { MendableError } from "../../lib/text/mendableError";
import type { RuntimeImages } from "../../images/runtimeImages";
import { describeProof } from "../../proof/describeProof";
import type { Chain } from "../chain";
import { type Board, changeStack, emptyBoard } from "./board";
import type { StackJudge } from "./stackJudge";

/** What a rollout will do, before it begins. */
export interface Foreseen {
    /** A board with a plan for each stack that could be asked, as if every ring before it had proven the pins. */
    readonly board: Board;
    /** What the chain's origin has proven: all that a rollout brings. */
    readonly pins: RuntimeImages;
    /** Sentences: what is on its way in the origin itself, and not brought yet. */
    readonly notes: readonly string[];
}

/**
 * Looks at every stack of a rollout, a few at a time. One that cannot be read has no plan, and says why.
 *
 * @throws MendableError where what the origin has proven cannot be read
 */
export async function foresee(chain: Chain, judge: StackJudge, parallel: number): Promise<Foreseen> {
    const { pins, proof } = await judge.readOrigin();
    const notes = describeProof(proof).map(({ text }) => `${chain.origin}: ${text}`);
    let board = emptyBoard(chain);
    const queue = chain.rings.flat().map(({ stack }) => stack);
    const work = async () => {
        for (let stack = queue.shift(); stack !== undefined; stack = queue.shift()) {
            const name = stack;
            const change = await judge.foresee(name, pins).then(
                (plan) => ({ plan }),
                (error: unknown) => {
                    if (error instanceof MendableError) {
                        return { why: [error.message] };
                    }
                    throw error;
                },
            );
            board = changeStack(board, name, change);
        }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    return { board, pins, notes };
}
