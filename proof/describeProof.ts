import { formatImageReference } from "../images/imageReference";
import type { ProofRecord } from "./proofRecord";

/** What is said of one pin that is not proven. */
export interface ProofLine {
    readonly text: string;
    /** Whether more than time is missing. */
    readonly warning: boolean;
}

/** A line for every runtime whose pin is not proven yet: what is missing, and what the stack exports meanwhile. */
export function describeProof(record: ProofRecord): readonly ProofLine[] {
    return [...record].flatMap(([runtime, { proven, waiting }]) => {
        if (waiting === undefined) {
            return [];
        }
        const meanwhile =
            proven === undefined
                ? "until then this stack exports no image of it"
                : `until then this stack exports "${proven.release}"`;
        const when =
            waiting.earliest === undefined
                ? "is not proven here"
                : `is proven here at ${waiting.earliest} at the earliest`;
        return [
            {
                text: `${runtime}: "${waiting.release}" (${formatImageReference(waiting.image)}) ${when}: ${waiting.why.join("; ")}; ${meanwhile}`,
                warning: waiting.earliest === undefined,
            },
        ];
    });
}
