import { formatDuration } from "../config/duration";
import type { Excuse, GateConfig } from "../config/gate";
import type { VetoesByDigest } from "../config/vetoes";
import { formatImageReference } from "../images/imageReference";
import { isExpired } from "../images/imageOverride";
import type { RuntimeImage, RuntimeImages } from "../images/runtimeImages";
import type { LiveAgent } from "../kube/liveAgent";
import { type AgentProof, judgeAgentProof } from "./agentProof";
import type { Forbids } from "./permitImages";
import {
    type ProofEvidence,
    type ProofRecord,
    type Proven,
    type RuntimeProof,
    rememberEarlier,
} from "./proofRecord";

/** Names of agents that a sentence or an evidence has at most. */
const MAX_NAMES = 10;

/** An agent of the stack that was put on its runtime's pin. */
export interface Follower {
    /** `acme/coder`; of the core fleet `agent-ceo`. */
    readonly name: string;
    /** The customer org; absent for the core fleet. */
    readonly org?: string;
    readonly agent: string;
    readonly runtime: string;
    /** What the cluster says of it; absent where it has none. */
    readonly live?: LiveAgent;
    /** What its namespace lacks without which it cannot start, in words: that says nothing of the image. */
    readonly waitsFor?: string;
    /** Present where the pin is read from this Deployment: what its template says is the pin, and only its pods are asked. */
    readonly reference?: unknown;
}

/** All that the decision depends on. */
export interface ProofQuestion {
    /** What the reference has proven: the pins of this stack. */
    readonly pins: RuntimeImages;
    /** What this stack proved before. */
    readonly before: ProofRecord;
    /** The agents on the pins, with what the cluster says; or why that is not known. */
    readonly followers: readonly Follower[] | { readonly unknown: string };
    /** Digest of a pin → the digests that a pod on it may report: its own, and its platforms' where it is an index. */
    readonly digests: ReadonlyMap<string, ReadonlySet<string>>;
    readonly gate: GateConfig;
    readonly vetoes: VetoesByDigest;
    /** Whether a runtime that nobody here runs goes on by its release's own evidence: the platform's stack alone. */
    readonly byRelease?: (runtime: string) => boolean;
    /** Why nothing new is proven now of a runtime that stays on its images. */
    readonly forbids?: Forbids;
    readonly now: Date;
}

/** What was decided of one runtime. `ready`: proven as soon as the gate's checks pass, which are asked last. */
export type Decision = RuntimeProof & { readonly ready?: Proven };

/**
 * Decides what a stack has proven of each of its pins. Pure, and decided afresh each time: nothing in a state can be skipped
 * past. A pin that is not proven leaves what was proven before, and says what is missing.
 */
export function decideProof(question: ProofQuestion): ReadonlyMap<string, Decision> {
    return new Map(
        [...question.pins].map(([runtime, pin]): [string, Decision] => [
            runtime,
            decideRuntime(runtime, pin, question),
        ]),
    );
}

function decideRuntime(runtime: string, pin: RuntimeImage, question: ProofQuestion): Decision {
    const { before, vetoes, gate, now } = question;
    const last = before.get(runtime)?.proven;
    // A veto outlives a proof: what was vetoed since is not handed on.
    const proven = last !== undefined && vetoes.has(last.image.digest) ? undefined : last;
    const { image, release } = pin;
    const wait = (why: readonly string[], earliest?: Date): Decision => ({
        proven,
        waiting: { image, release, why: [...why], ...(earliest && { earliest: earliest.toISOString() }) },
    });
    if (vetoes.has(image.digest)) {
        return wait(["the digest is vetoed"]);
    }
    if (proven?.image.digest === image.digest) {
        return { proven: { ...proven, image, release } };
    }
    const ready = (evidence: ProofEvidence): Decision => ({
        proven,
        ready: {
            image,
            release,
            ...(pin.promotedAt !== undefined && { promotedAt: pin.promotedAt }),
            provenAt: now.toISOString(),
            evidence,
            earlier: rememberEarlier(last, image),
        },
    });
    const forbidden = question.forbids?.(runtime, image);
    if (forbidden !== undefined) {
        return wait([`the stack is ${forbidden}`]);
    }
    if ("unknown" in question.followers) {
        return wait([question.followers.unknown]);
    }
    // What ran here before needs no second soak: a rollback must not wait on the day when it counts.
    const soak = last?.earlier.includes(image.digest) === true ? 0 : gate.soak;
    const judged = judgeFollowers(question.followers, runtime, pin, question, soak);
    const awake = judged.filter(({ proof }) => proof.kind !== "idle");
    if (awake.length === 0) {
        return decideUnused(runtime, question, ready, wait);
    }
    const proving = ofKind(judged, "proves");
    const troubled = ofKind(judged, "unproven", "failed");
    const counted = troubled.filter(
        ({ excuse, follower }) => excuse === undefined && follower.waitsFor === undefined,
    );
    const why = counted.map(({ follower, proof }) => `${follower.name}: ${proof.why}`);
    if (counted.length > gate.failures) {
        return wait(clip(why));
    }
    if (proving.length < gate.agents) {
        const soaking = ofKind(judged, "soaking")
            .map(({ proof }) => proof.until)
            .sort((a, b) => a.getTime() - b.getTime());
        const last = soaking[gate.agents - proving.length - 1];
        return last === undefined
            ? wait([
                  `${proving.length} agents really run it, expected at least ${gate.agents}`,
                  ...clip(troubled.map(({ follower, proof }) => `${follower.name}: ${proof.why}`)),
              ])
            : wait([`its soak of ${formatDuration(soak)} is not over`, ...clip(why)], last);
    }
    return ready({
        by: "agents",
        agents: proving.slice(0, MAX_NAMES).map(({ follower }) => follower.name),
        count: proving.length,
        soak: formatDuration(soak),
        checks: [],
        excused: troubled.map(({ follower, proof, excuse }) => {
            const by = excuse
                ? `excused by ${excuse.owner} until ${excuse.expires}: ${excuse.reason}`
                : follower.waitsFor && `waits for ${follower.waitsFor}`;
            return `${follower.name}: ${proof.why} (${by ?? `within the ${gate.failures} that may fail`})`;
        }),
    });
}

function judgeFollowers(
    followers: readonly Follower[],
    runtime: string,
    { image }: RuntimeImage,
    { digests, gate, now }: ProofQuestion,
    soak: number,
) {
    const known = digests.get(image.digest) ?? new Set([image.digest]);
    return followers
        .filter((follower) => follower.runtime === runtime)
        .map((follower) => {
            const { live, reference } = follower;
            const written = reference === undefined ? image : (live?.image ?? image);
            const excuse = gate.excused.find((each) => isExcused(each, follower, now));
            const wanted = formatImageReference(written);
            const proof = judgeAgentProof(live, wanted, known, { ...gate, soak }, now);
            return { follower, excuse, proof };
        });
}

/** Those of the agents whose proof is of one of these kinds. */
function ofKind<Judged extends { readonly proof: AgentProof }, K extends AgentProof["kind"]>(
    judged: readonly Judged[],
    ...kinds: readonly K[]
) {
    return judged.flatMap(({ proof, ...rest }) =>
        (kinds as readonly string[]).includes(proof.kind)
            ? [{ ...rest, proof: proof as Extract<AgentProof, { kind: K }> }]
            : [],
    );
}

/** A runtime that no agent of the stack runs: silence is no proof, unless somebody answers for it. */
function decideUnused(
    runtime: string,
    { gate, byRelease, now }: ProofQuestion,
    ready: (evidence: ProofEvidence) => Decision,
    wait: (why: readonly string[]) => Decision,
): Decision {
    const none = { agents: [], count: 0, soak: "0s", checks: [] };
    if (byRelease?.(runtime) === true) {
        return ready({ by: "release", ...none, excused: [] });
    }
    const passed = gate.passOn.find((each) => each.runtime === runtime && !isExpired(each, now));
    if (passed !== undefined) {
        const excused = [`passed on by ${passed.owner} until ${passed.expires}: ${passed.reason}`];
        return ready({ by: "passed-on", ...none, excused });
    }
    return wait([
        "no agent of this stack runs it: give it one, or write down under gate.passOn who answers for passing it on",
    ]);
}

function isExcused(excuse: Excuse, { org, agent }: Follower, now: Date): boolean {
    return (
        excuse.org === org &&
        (excuse.agent === undefined || excuse.agent === agent) &&
        !isExpired(excuse, now)
    );
}

function clip(sentences: readonly string[]): string[] {
    const more = sentences.length - MAX_NAMES;
    return [...sentences.slice(0, MAX_NAMES), ...(more > 0 ? [`and ${more} more`] : [])];
}
