import type { Vetoes } from "../../config/vetoes";
import type { Environment } from "../environment";
import { releaseOf } from "../../platform/pinHistory";
import type { Pin } from "../../platform/platformConfig";
import type { Release } from "../release/release";

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
    readonly environments: readonly Environment[];
    readonly used: readonly UsedRuntime[];
    readonly vetoes: Vetoes;
    /** What the registries serve; absent when they were not asked. */
    readonly pushed?: readonly PushedImage[];
    readonly now: Date;
    /** Instead of what the environments' files say. */
    readonly maxDays?: number;
    readonly graceHours?: number;
}

/** One cell of the coverage table: a runtime in an environment. */
export interface CoverageEntry {
    readonly environment: string;
    readonly runtime: string;
    /**
     * `current`: the newest published release. `behind`: an older one, within what is allowed. `forgotten`: older than that.
     * `held`: a rollback holds it. `missing`: published or used, and not pinned. `vetoed`: pinned to a forbidden digest.
     * `live`: it follows a live Deployment, which no file tells. `unpublished`: no release names it. `unrecorded`: an image was
     * pushed for it that no release names, so nobody can tell how far behind it is.
     */
    readonly status:
        | "current"
        | "behind"
        | "forgotten"
        | "held"
        | "missing"
        | "vetoed"
        | "live"
        | "unpublished"
        | "unrecorded";
    /** The release that is pinned. */
    readonly pinned?: string;
    /** The newest release that was published for it. */
    readonly newest?: string;
    /** Days that the pin is older than the newest release. */
    readonly daysBehind?: number;
    /** Why it is a gap; absent when it is none. */
    readonly problem?: string;
}

/** Statuses that are as they should be. */
const FINE: ReadonlySet<CoverageEntry["status"]> = new Set([
    "current",
    "behind",
    "held",
    "live",
    "unpublished",
]);

/** Whether an entry is a gap. */
export function isGap({ status }: CoverageEntry): boolean {
    return !FINE.has(status);
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Published {
    readonly release: string;
    readonly digest: string;
    readonly at: number;
}

/** Judges every runtime that is published, pinned or used, in every environment. Sorted by environment and runtime. */
export function findCoverageGaps(input: CoverageInput): readonly CoverageEntry[] {
    const newest = newestByRuntime(input.releases);
    return input.environments.flatMap((environment) => {
        const used = input.used.filter((each) => each.environment === environment.name);
        const runtimes = new Set([
            ...newest.keys(),
            ...environment.config.runtimes.keys(),
            ...used.map(({ runtime }) => runtime),
        ]);
        return [...runtimes].sort().map((runtime) => {
            const agents = used.find((each) => each.runtime === runtime)?.agents ?? [];
            const entry = judge(environment, runtime, newest, agents, input);
            const unrecorded =
                isGap(entry) || entry.status === "live"
                    ? undefined
                    : findUnrecorded(runtime, environment.config.runtimes.get(runtime), input);
            return unrecorded === undefined ? entry : unrecordedEntry(entry, unrecorded);
        });
    });
}

/** How far behind a newer image that nobody wrote down it is, nobody can tell. */
function unrecordedEntry({ daysBehind: _unknown, ...entry }: CoverageEntry, problem: string): CoverageEntry {
    return { ...entry, status: "unrecorded", problem };
}

/** Runtime → its newest published image; of two published at the same time, the one that comes last. */
function newestByRuntime(releases: readonly Release[]): ReadonlyMap<string, Published> {
    const newest = new Map<string, Published>();
    for (const { release, runtimes } of releases) {
        for (const [runtime, { digest, publishedAt }] of runtimes) {
            const at = Date.parse(publishedAt);
            if (at >= (newest.get(runtime)?.at ?? -Infinity)) {
                newest.set(runtime, { release, digest, at });
            }
        }
    }
    return newest;
}

function judge(
    environment: Environment,
    runtime: string,
    newestOf: ReadonlyMap<string, Published>,
    agents: readonly string[],
    input: CoverageInput,
): CoverageEntry {
    const pin = environment.config.runtimes.get(runtime);
    const newest = newestOf.get(runtime);
    const at = {
        environment: environment.name,
        runtime,
        ...(newest === undefined ? {} : { newest: newest.release }),
    };
    if (pin === undefined) {
        const reasons = [
            ...(newest === undefined ? [] : [`"${newest.release}" was published for it`]),
            ...(agents.length === 0 ? [] : [`${describeAgents(agents)} of customers use it`]),
        ];
        return { ...at, status: "missing", problem: `it has no pin, and ${reasons.join(", and ")}` };
    }
    if (pin.image === undefined) {
        return { ...at, status: "live" };
    }
    const pinned = { ...at, pinned: pin.release ?? releaseOf(pin.image) };
    const digest = pin.image.digest;
    const veto = digest === undefined ? undefined : input.vetoes.byDigest.get(digest);
    if (veto !== undefined) {
        return {
            ...pinned,
            status: "vetoed",
            problem: `its digest was vetoed by ${veto.by}: ${veto.reason}`,
        };
    }
    if (newest === undefined) {
        return { ...pinned, status: "unpublished" };
    }
    if (digest === newest.digest) {
        return { ...pinned, status: "current", daysBehind: 0 };
    }
    return judgeLag(environment, pinned, pin, newest, newestOf, input);
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
    at: Omit<CoverageEntry, "status">,
    pin: Pin,
    newest: Published,
    newestOf: ReadonlyMap<string, Published>,
    input: CoverageInput,
): CoverageEntry {
    const { coverage, soak } = environment.config.promotion;
    const since = pin.publishedAt ?? pin.promotedAt;
    if (since === undefined) {
        const problem = `nobody wrote down when "${at.pinned ?? ""}" was promoted, and it is not the newest, "${newest.release}"`;
        return { ...at, status: "forgotten", problem };
    }
    const days = (newest.at - Date.parse(since)) / DAY;
    const daysBehind = Math.max(0, Math.round(days * 10) / 10);
    const maxDays = input.maxDays ?? coverage.maxDays;
    const grace = Math.max(input.graceHours ?? coverage.graceHours, soak?.hours ?? 0);
    if (pin.hold !== undefined && pin.hold.released === undefined) {
        return { ...at, status: "held", daysBehind };
    }
    const outFor = (input.now.getTime() - newest.at) / HOUR;
    if (days <= maxDays || outFor <= grace) {
        return { ...at, status: "behind", daysBehind };
    }
    const moved = siblingsOn(environment, newest.release, newestOf);
    const also = moved.length === 0 ? "" : `, to which ${moved.join(" and ")} moved`;
    const problem =
        `it is pinned to "${at.pinned ?? ""}" since ${since}, ${daysBehind} days behind "${newest.release}" ` +
        `(published ${new Date(newest.at).toISOString()})${also}; expected at most ${maxDays} days: "fleet promote" it`;
    return { ...at, status: "forgotten", daysBehind, problem };
}

/** The other runtimes of the environment that are on a release: what makes one that is not look forgotten. */
function siblingsOn(
    environment: Environment,
    release: string,
    newestOf: ReadonlyMap<string, Published>,
): string[] {
    return [...environment.config.runtimes].flatMap(([runtime, pin]) => {
        const newest = newestOf.get(runtime);
        return newest?.release === release && pin.image?.digest === newest.digest ? [runtime] : [];
    });
}

function describeAgents(agents: readonly string[]): string {
    const named = agents.slice(0, 5).join(", ");
    return agents.length > 5 ? `${named} and ${agents.length - 5} more agents` : named;
}
