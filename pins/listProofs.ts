import { formatImageReference } from "../images/imageReference";
import { formatColumns, wrap } from "../lib/text/columns";
import { describeEvidence } from "../proof/describeProof";
import type { ProofEvidence, ProofRecord } from "../proof/proofRecord";

/** What a stack has proven of one runtime, and what it has not yet. */
export interface ProofEntry {
    /** `platform/prod`, or a customer-orgs stack. */
    readonly stack: string;
    readonly runtime: string;
    /** `proven`: it exports this release. `waiting`: this release is on its way here. */
    readonly state: "proven" | "waiting";
    readonly release: string;
    /** `repository[:tag]@digest` */
    readonly image: string;
    /** RFC 3339: when it was proven, or will be at the earliest; absent where nobody said. */
    readonly at?: string;
    /** By what it was proven. */
    readonly evidence?: ProofEvidence;
    /** What is missing, in sentences. */
    readonly why?: readonly string[];
}

/** What stacks have proven, in their order; of stacks that did not answer, nothing. */
export function listProofs(
    proofs: ReadonlyMap<string, ProofRecord | undefined>,
    only: readonly string[] | undefined,
): readonly ProofEntry[] {
    return [...proofs].flatMap(([stack, record]) =>
        [...(record ?? [])]
            .filter(([runtime]) => only?.includes(runtime) !== false)
            .flatMap(([runtime, { proven, waiting }]): ProofEntry[] => {
                const entry = ({ release, image }: NonNullable<typeof waiting | typeof proven>) => ({
                    stack,
                    runtime,
                    release,
                    image: formatImageReference(image),
                });
                const said: (ProofEntry | undefined)[] = [
                    proven && {
                        ...entry(proven),
                        state: "proven",
                        at: proven.provenAt,
                        evidence: proven.evidence,
                    },
                    waiting && {
                        ...entry(waiting),
                        state: "waiting",
                        at: waiting.earliest,
                        why: waiting.why,
                    },
                ];
                return said.filter((each) => each !== undefined);
            }),
    );
}

/** The proofs for a terminal: a line for each, and below it by what, or what is missing. */
export function formatProofs(entries: readonly ProofEntry[], width = 100): string {
    const rows = entries.map(({ stack, runtime, state, release, image, at }) => [
        stack,
        runtime,
        state,
        release,
        image.replace(/^.*@sha256:/, "").slice(0, 8),
        at?.replace(/\.\d+Z$/, "Z") ?? "",
    ]);
    const header = ["STACK", "RUNTIME", "", "RELEASE", "DIGEST", "SINCE"];
    const [first = "", ...lines] = formatColumns([header, ...rows], width);
    return [
        first,
        ...lines.flatMap((line, index) => {
            const { evidence, why = [] } = entries[index] ?? {};
            const below = evidence === undefined ? why.join("; ") : describeEvidence(evidence);
            return [line, ...wrap(below, width, "    ", "    ")];
        }),
    ].join("\n");
}
