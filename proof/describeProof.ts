import { formatImageReference } from "../images/imageReference";
import type { ProofEvidence, ProofRecord } from "./proofRecord";

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

/** By what an image was proven, in one sentence: which agents ran it for how long, what was asked, and who was not counted. */
export function describeEvidence({ by, agents, count, soak, checks, excused }: ProofEvidence): string {
    const more = count > agents.length ? ` and ${count - agents.length} more` : "";
    const how = {
        agents: `${agents.join(", ")}${more} ran it${soak === "0s" ? "" : `, ready for ${soak}`}`,
        release: "nobody here runs it; the release's own checks passed",
        "passed-on": "nobody here runs it",
        rollout: "rolled out by an earlier program, which said no more",
    }[by];
    return [how, ...checks.map(({ name, answer }) => `${name}: ${answer}`), ...excused].join("; ");
}
