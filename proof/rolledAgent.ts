import type { NeededObject } from "../config/agent/neededObjects";
import type { RolloutWorld } from "./rolloutWorld";

/** One agent of a stack, and how it came to its image. */
export interface RolledAgent {
    /** `acme/coder`; of the core fleet `agent-ceo`. */
    readonly name: string;
    /** The customer org; absent for the core fleet. */
    readonly org?: string;
    readonly agent: string;
    readonly runtime: string;
    readonly namespace: string;
    readonly deployment: string;
    /** Whether it is on the stack's pin. */
    readonly follows: boolean;
    /** What must be in its namespace before it can start. */
    readonly needs?: readonly NeededObject[];
    /** How it is looked at, where the stack's pin is read from it and somebody else rolls it. */
    readonly reference?: RolloutWorld;
}

/** By which agents are told apart: `namespace/deployment`. */
export function keyOf({ namespace, deployment }: Pick<RolledAgent, "namespace" | "deployment">): string {
    return `${namespace}/${deployment}`;
}
