import type { Vetoes } from "../../config/vetoes";
import { isExpired } from "../../images/imageOverride";
import { releaseOf } from "../../images/pinHistory";
import type { Pin } from "../../platform/platformConfig";
import { holdEnds } from "../../platform/pinRecord";
import type { ProofRecord } from "../../proof/proofRecord";
import type { Environment } from "../environment";
import type { Release } from "../release/release";
import { type Candidate, findCandidates, publicationOf } from "./candidates";
import { type CoverageEntry, isGap } from "./coverageEntry";

/** A runtime that agents of customers run. */
export interface UsedRuntime {
    /** The environment whose pins the agents follow. */
    readonly environment: string;
    readonly runtime: string;
    /** Who uses it: `acme/main`. */
    readonly agents: readonly string[];
}

/** An image that a registry serves under the tag that moves with every push. */
export interface PushedImage {
    readonly runtime: string;
    readonly repository: string;
    readonly tag: string;
    readonly digest: string;
}

/** What coverage is judged by. */
export interface CoverageInput {
    /** Every release that was published. */
    readonly releases: readonly Release[];
    /** All environments: one may be where another one's releases soak. */
    readonly environments: readonly Environment[];
    readonly used: readonly UsedRuntime[];
    readonly vetoes: Vetoes;
    /** What the registries serve; absent when they were not asked. */
    readonly pushed?: readonly PushedImage[];
    /** Stack (`platform/prod`) → what it has proven; absent when nobody was asked. */
    readonly proofs?: ReadonlyMap<string, ProofRecord | undefined>;
    readonly now: Date;
    /** The environments that are judged; all when left out. */
    readonly only?: readonly string[];
    /** Instead of what the environments' files say. */
    readonly maxDays?: number;
    readonly graceHours?: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Judges every runtime that is published, pinned or used, in every environment. Sorted by environment and runtime. */
export function findCoverageGaps(input: CoverageInput): readonly CoverageEntry[] {
    const { environments, only } = input;
    const asked = environments.filter(({ name }) => only?.includes(name) !== false);
    const published = input.releases.flatMap(({ runtimes }) => [...runtimes.keys()]);
    return asked.flatMap((environment) => {
        const used = input.used.filter((each) => each.environment === environment.name);
        const runtimes = new Set([
            ...published,
            ...environment.config.runtimes.keys(),
            ...used.map(({ runtime }) => runtime),
        ]);
        return [...runtimes].sort().flatMap((runtime) => {
            const agents = used.flatMap((each) => (each.runtime === runtime ? each.agents : []));
            const entry = judge(environment, runtime, agents, input);
            if (entry === undefined || isGap(entry) || entry.status === "live") {
                return entry ?? [];
            }
            const problem = findUnrecorded(runtime, environment.config.runtimes.get(runtime), input);
            return problem === undefined ? entry : unrecorded(entry, problem);
        });
    });
}

/** How far behind a newer image that nobody wrote down it is, nobody can tell. */
function unrecorded(
    { daysBehind: _unknown, ...entry }: Omit<CoverageEntry, "status">,
    problem: string,
): CoverageEntry {
    return { ...entry, status: "unrecorded", problem };
}

function judge(
    environment: Environment,
    runtime: string,
    agents: readonly string[],
    input: CoverageInput,
): CoverageEntry | undefined {
    const pin = pinOf(environment, runtime, input);
    const candidates = findCandidates(environment, runtime, input);
    const newest = candidates.findLast(({ verdict }) => verdict === undefined);
    const at = { environment: environment.name, runtime, newest: newest?.release };
    if (pin === undefined) {
        const reasons = [
            ...(newest === undefined ? [] : [`"${newest.release}" was published for it`]),
            ...(agents.length === 0 ? [] : [`${describeAgents(agents)} of customers use it`]),
        ];
        // What was only ever published to be refused need not be pinned.
        return reasons.length === 0
            ? undefined
            : { ...at, status: "missing", problem: `it has no pin, and ${reasons.join(", and ")}` };
    }
    if (pin.image === undefined) {
        const unknown = "it follows a live Deployment, which no file tells: --proof asks its stack";
        return { ...at, status: "live", unknown };
    }
    const pinned = { ...at, pinned: releaseOf({ ...pin, image: pin.image }) };
    const { digest } = pin.image;
    const veto = digest === undefined ? undefined : input.vetoes.byDigest.get(digest);
    if (veto !== undefined) {
        const problem = `its digest was vetoed by ${veto.by}: ${veto.reason}`;
        return { ...pinned, status: "vetoed", problem };
    }
    if (candidates.length > 0) {
        return judgeLag(environment, pinned, pin, candidates, input);
    }
    const asked = input.pushed?.some((each) => each.runtime === runtime) === true;
    const unknown = "no release names it, so that nobody can tell whether it is behind: --registry-tag asks";
    return { ...pinned, status: "unpublished", unknown: asked ? undefined : unknown };
}

/** A runtime's pin; of one that follows a live Deployment, what its stack has proven of it, where it was asked. */
function pinOf({ name, config }: Environment, runtime: string, { proofs }: CoverageInput): Pin | undefined {
    const pin = config.runtimes.get(runtime);
    const proven =
        pin?.image === undefined ? proofs?.get(`platform/${name}`)?.get(runtime)?.proven : undefined;
    return pin && proven
        ? { ...pin, image: proven.image, release: proven.release, promotedAt: proven.promotedAt }
        : pin;
}

/** Why a runtime has an image that was pushed past the releases. What was vetoed is known, and not to be promoted. */
function findUnrecorded(
    runtime: string,
    pin: Pin | undefined,
    { pushed = [], releases, vetoes }: CoverageInput,
): string | undefined {
    const known = new Set([
        ...releases.flatMap(({ runtimes }) => runtimes.get(runtime)?.digest ?? []),
        pin?.image?.digest,
        ...vetoes.byDigest.keys(),
    ]);
    const image = pushed.find((each) => each.runtime === runtime && !known.has(each.digest));
    return image === undefined
        ? undefined
        : `"${image.repository}:${image.tag}" leads to "${image.digest}", which no release names: it was pushed, and nothing can promote it; ` +
              'expected it in a release: "fleet release add"';
}

function judgeLag(
    environment: Environment,
    pinned: Omit<CoverageEntry, "status">,
    pin: Pin,
    candidates: readonly Candidate[],
    input: CoverageInput,
): CoverageEntry {
    const { now } = input;
    const published = publicationOf(pin, candidates);
    const since = published ?? (pin.promotedAt === undefined ? -Infinity : Date.parse(pin.promotedAt));
    const others = candidates.filter(({ digest, at }) => digest !== pin.image?.digest && at >= since);
    const newer = others.filter(({ verdict }) => verdict === undefined);
    const onNewest =
        candidates.findLast(({ verdict }) => verdict === undefined)?.digest === pin.image?.digest;
    const first = onNewest ? undefined : newer[0];
    const age = first === undefined ? 0 : now.getTime() - first.at;
    const refused = others.flatMap(({ release, verdict }) =>
        verdict === undefined ? [] : [`"${release}": ${verdict}`],
    );
    const entry = {
        ...pinned,
        daysBehind: Math.max(0, Math.round((age / DAY) * 10) / 10),
        refused: refused.length === 0 ? undefined : refused,
    };
    const { coverage } = environment.config.promotion;
    if (pin.hold !== undefined && pin.hold.released === undefined) {
        const heldUntil = holdEnds(pin.hold, coverage.holdDays);
        const problem =
            `held by ${pin.hold.by} since ${pin.hold.since}, and the last day of that was "${heldUntil}": ${pin.hold.reason}; ` +
            `expected "fleet release-hold --env ${environment.name}", or a later "until" of the hold`;
        return isExpired({ expires: heldUntil }, now)
            ? { ...entry, status: "forgotten", heldUntil, problem }
            : { ...entry, status: "held", heldUntil };
    }
    if (onNewest) {
        return { ...entry, status: "current" };
    }
    if (published === undefined && (pin.promotedAt === undefined || first === undefined)) {
        const problem =
            `neither a release nor "publishedAt" tells when the image of "${pinned.pinned ?? ""}" was published, and it is not the newest, ` +
            `"${pinned.newest ?? ""}": nobody can tell whether it is older; expected "publishedAt" beside the pin, or that release`;
        return unrecorded(entry, problem);
    }
    if (first === undefined) {
        return { ...entry, status: "current" };
    }
    const allowed = allowedTime(environment, input);
    return age <= allowed
        ? { ...entry, status: "behind" }
        : { ...entry, status: "forgotten", problem: describeLag(environment, entry, pin, newer, allowed) };
}

/** Milliseconds for which a newer release may be out: the days or hours of grace, after the time that it must soak elsewhere. */
function allowedTime({ config }: Environment, { maxDays, graceHours }: CoverageInput): number {
    const { coverage, soak } = config.promotion;
    const days = (maxDays ?? coverage.maxDays) * DAY;
    return Math.max(days, (graceHours ?? coverage.graceHours) * HOUR) + (soak?.hours ?? 0) * HOUR;
}

function describeLag(
    environment: Environment,
    { pinned, daysBehind }: Pick<CoverageEntry, "pinned" | "daysBehind">,
    pin: Pin,
    newer: readonly Candidate[],
    allowed: number,
): string {
    const [first, newest] = [newer[0], newer.at(-1)];
    const moved = newest === undefined ? [] : siblingsOn(environment, newest.release);
    const also = moved.length === 0 ? "" : `, to which ${moved.join(" and ")} moved`;
    const since = pin.promotedAt === undefined ? "" : ` since ${pin.promotedAt}`;
    const ready = newer.findLast(({ refusals }) => refusals.length === 0);
    const way =
        ready === undefined
            ? `"fleet promote" would refuse it: ${newest?.refusals.join("; ") ?? ""}`
            : `"fleet promote" it${ready === newest ? "" : ` to "${ready.release}"`}`;
    return (
        `it is pinned to "${pinned ?? ""}"${since}, and "${first?.release ?? ""}" is out for ${daysBehind ?? 0} days ` +
        `(published ${new Date(first?.at ?? 0).toISOString()}${newer.length > 1 ? `; the newest is "${newest?.release ?? ""}"` : ""})${also}; ` +
        `expected at most ${Math.round((allowed / DAY) * 10) / 10} days: ${way}`
    );
}

/** The other runtimes of the environment that are on a release: what makes one that is not look forgotten. */
function siblingsOn(environment: Environment, release: string): string[] {
    return [...environment.config.runtimes].flatMap(([runtime, pin]) =>
        pin.release === release ? [runtime] : [],
    );
}

function describeAgents(agents: readonly string[]): string {
    const named = agents.slice(0, 5).join(", ");
    return agents.length > 5 ? `${named} and ${agents.length - 5} more agents` : named;
}
