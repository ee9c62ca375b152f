import type { LoadedStack } from "../../config/loadStack";
import { type LoadedStacks, chainOf } from "../../config/loadStacks";
import { agentsOf } from "../../config/orgSpec";
import { formatImageReference } from "../../images/imageReference";
import { isExpired } from "../../images/imageOverride";
import type { ProofRecord } from "../../proof/proofRecord";
import type { Environment } from "../environment";

/** What one stack passes on of one runtime to the stacks that refer to it. */
export interface RingEntry {
    /** `platform/prod`, or a customer-orgs stack. */
    readonly stack: string;
    /** The environment whose pin arrives here. */
    readonly environment: string;
    readonly runtime: string;
    /**
     * `proven`: the pin has really run here. `waiting`: not yet, within what is allowed. `stuck`: for longer. `nobody`: nobody here
     * runs it, nobody passes it on, and stacks behind this one need it. `idle`: nobody here runs it, and nobody behind needs it.
     * `unread`: whether it is proven could not be read.
     */
    readonly status: "proven" | "waiting" | "stuck" | "nobody" | "idle" | "unread";
    /** The release that was proven here last. */
    readonly proven?: string;
    /** What is missing, in sentences. */
    readonly why?: readonly string[];
    /** RFC 3339 time at which the pin is proven at the earliest, where only time is missing. */
    readonly earliest?: string;
    /** Why it is a gap; absent when it is none. */
    readonly problem?: string;
}

/** What rings are judged by. */
export interface RingInput {
    readonly environments: readonly Environment[];
    readonly stacks: LoadedStacks["stacks"];
    /** Stack → its output `proof`, `undefined` where there was none to read; absent altogether where nobody was asked. */
    readonly proofs?: ReadonlyMap<string, ProofRecord | undefined>;
    readonly now: Date;
    readonly only?: readonly string[];
    readonly maxDays?: number;
}

const DAY = 86_400_000;

/** Whether a ring holds back what stacks behind it wait for, or nobody can tell. */
export function isRingGap({ status }: RingEntry): boolean {
    return status === "stuck" || status === "nobody";
}

/**
 * Judges what every stack passes on: without proofs, only what the files tell, which is where nobody runs a runtime. A ring that
 * never proves a pin keeps everybody behind it on the image before, without any pin being behind.
 */
export function findRingGaps(input: RingInput): readonly RingEntry[] {
    const { environments, stacks, proofs, only } = input;
    return environments
        .filter(({ name }) => only?.includes(name) !== false)
        .flatMap((environment) => {
            const platform =
                proofs === undefined ? [] : judgeRing(`platform/${environment.name}`, environment, input);
            const rings = [...stacks.keys()].filter((stack) => {
                const { end } = chainOf(stack, stacks);
                return end.ok && end.environment === environment.name;
            });
            return [...platform, ...rings.flatMap((stack) => judgeRing(stack, environment, input))];
        });
}

function judgeRing(stack: string, environment: Environment, input: RingInput): RingEntry[] {
    const { stacks, proofs } = input;
    const loaded = stacks.get(stack);
    const behind = [...stacks].filter(([name]) => chainOf(name, stacks).rings.includes(stack));
    const proof = proofs?.get(stack);
    return [...environment.config.runtimes.keys()].sort().flatMap((runtime): RingEntry[] => {
        const at = { stack, environment: environment.name, runtime };
        const unused = loaded !== undefined && isUnused(loaded, runtime, input.now);
        if (unused) {
            const needed = behind.filter(([, other]) => usesRuntime(other, runtime)).map(([name]) => name);
            return behind.length === 0 ? [] : [describeUnused(at, needed)];
        }
        if (proofs?.has(stack) !== true) {
            return [];
        }
        return [
            proof === undefined
                ? { ...at, status: "unread", why: ["the stack exports no proof that can be read"] }
                : judgeProof(at, environment, proof, input, loaded),
        ];
    });
}

function describeUnused(
    at: Pick<RingEntry, "stack" | "environment" | "runtime">,
    needed: readonly string[],
): RingEntry {
    return needed.length === 0
        ? { ...at, status: "idle" }
        : {
              ...at,
              status: "nobody",
              problem:
                  `no agent of this stack follows its pin, so it is never proven here, and only from here does it get to ${needed.join(", ")}; ` +
                  "expected an agent, or gate.passOn with who answers for it",
          };
}

/** Whether nobody in a stack can prove a runtime: no agent that has replicas follows its pin, and nobody passes it on. */
function isUnused({ config, orgs, plans }: LoadedStack, runtime: string, now: Date): boolean {
    const passed = config.gate.passOn.some((each) => each.runtime === runtime && !isExpired(each, now));
    const follows = orgs.some((org) =>
        agentsOf(org).some(
            (agent) =>
                agent.runtime === runtime &&
                (plans.get(org.slug)?.get(agent.name)?.maxReplicas ?? 0) > 0 &&
                agent.imageOverride === undefined &&
                org.imageOverrides?.has(runtime) !== true &&
                !config.imageOverrides.has(runtime),
        ),
    );
    return !passed && !follows;
}

function usesRuntime({ orgs }: LoadedStack, runtime: string): boolean {
    return orgs.some((org) => agentsOf(org).some((agent) => agent.runtime === runtime));
}

function judgeProof(
    at: Pick<RingEntry, "stack" | "environment" | "runtime">,
    environment: Environment,
    proof: ProofRecord,
    { now, maxDays }: RingInput,
    loaded: LoadedStack | undefined,
): RingEntry {
    const pin = environment.config.runtimes.get(at.runtime);
    const { proven, waiting } = proof.get(at.runtime) ?? {};
    const known = { ...at, proven: proven?.release };
    const wanted = pin?.image?.digest;
    if (
        wanted === undefined ? proven !== undefined && waiting === undefined : proven?.image.digest === wanted
    ) {
        return { ...known, status: "proven" };
    }
    const why =
        waiting === undefined || (wanted !== undefined && waiting.image.digest !== wanted)
            ? [
                  "the pin has not arrived here: what it refers to has not proven it, or nobody has run an update since",
              ]
            : waiting.why;
    const entry = { ...known, why, earliest: waiting?.earliest };
    const gate = loaded?.config.gate ?? environment.config.gate;
    const allowed = (maxDays ?? environment.config.promotion.coverage.maxDays) * DAY + gate.soak;
    const since = pin?.promotedAt;
    if (since !== undefined && now.getTime() - Date.parse(since) <= allowed) {
        return { ...entry, status: "waiting" };
    }
    const image = pin?.image === undefined ? "its pin" : `"${formatImageReference(pin.image)}"`;
    const problem =
        `${image} (${since === undefined ? "nobody wrote down since when it is pinned" : `pinned since ${since}`}) is not proven here: ` +
        `${why.join("; ")}; ${proven === undefined ? "nothing is passed on" : `"${proven.release}" is passed on`} meanwhile`;
    return { ...entry, status: "stuck", problem };
}
