import type { Vetoes } from "../../config/vetoes";
import type { Evidence, PinRecord } from "../../platform/pinRecord";
import type { Pin } from "../../platform/platformConfig";
import { RELEASE_CHECKS } from "../checkRelease";
import type { Environment } from "../environment";
import { mayMove } from "../mayMove";
import { type Release, failedChecks, publishedPin } from "../release/release";
import { rolledBackFrom } from "../soakTime";

/** An image that a release published for a runtime. */
export interface Published {
    readonly release: string;
    readonly digest: string;
    /** Milliseconds since 1970. */
    readonly at: number;
}

/** A release as a promotion to one environment would find it. */
export interface Candidate extends Published {
    /** A verdict on the image itself, which no later day changes: it is never to be promoted. */
    readonly verdict?: string;
    /** Why a promotion would refuse it now. */
    readonly refusals: readonly string[];
}

/** What the releases are judged by. */
export interface CandidateQuestion {
    readonly releases: readonly Release[];
    readonly environments: readonly Environment[];
    readonly vetoes: Vetoes;
    readonly now: Date;
}

/**
 * Asks of every release of a runtime what a promotion would say, so that nothing is advised that it refuses. Oldest first; of two
 * published at the same time, the one that comes last.
 */
export function findCandidates(
    environment: Environment,
    runtime: string,
    question: CandidateQuestion,
): readonly Candidate[] {
    const { releases, environments, vetoes, now } = question;
    const known = failedChecks(releases);
    const current = environment.config.runtimes.get(runtime);
    const soakName = environment.config.promotion.soak?.environment;
    const soakEnvironment = environments.find(({ name }) => name === soakName);
    const state = {
        environment,
        soakEnvironment: soakEnvironment && takenForDeployed(soakEnvironment),
        vetoes,
        deployed: undefined,
        soakDeployed: undefined,
        off: undefined,
    };
    return releases
        .flatMap((release): Candidate[] => {
            const target = publishedPin(release, runtime);
            const { digest } = target?.image ?? {};
            if (target === undefined || digest === undefined) {
                return [];
            }
            const plan = { runtime, action: "promote", current, target } as const;
            const request = { release, named: [...release.runtimes.keys()], failed: known, now };
            const refusals = RELEASE_CHECKS.flatMap(({ check, find }) => {
                const why = find(plan, request, state);
                return why === undefined ? [] : [`${check}: ${typeof why === "string" ? why : why.message}`];
            });
            const move = { runtime, act: "promote", digest } as const;
            const vetoed = mayMove([move], { environment, vetoes, now }).filter(
                ({ check }) => check === "veto",
            );
            refusals.push(...vetoed.map(({ check, message }) => `${check}: ${message}`));
            const soaking = soakEnvironment?.config.runtimes.get(runtime);
            const verdict = findVerdict(target, current, soaking, question, known.get(digest)?.[0]);
            const at = Date.parse(target.publishedAt ?? "");
            return [{ release: release.release, digest, at, verdict, refusals }];
        })
        .sort((a, b) => a.at - b.at);
}

/** No stack is asked here: what is pinned counts as deployed, or a gap would hide behind a soak that nobody recorded. */
function takenForDeployed(environment: Environment): Environment {
    const dated = <T extends PinRecord | Pin>(pin: T): T => ({
        ...pin,
        deployedAt: pin.deployedAt ?? pin.promotedAt,
    });
    const runtimes = new Map(
        [...environment.config.runtimes].map(([runtime, pin]) => [
            runtime,
            { ...dated(pin), history: pin.history?.map(dated) },
        ]),
    );
    return { ...environment, config: { ...environment.config, runtimes } };
}

/** What was found to be wrong with the image itself: vetoed, failed, or rolled back from, here or where it soaked. */
function findVerdict(
    { image: { digest = "" } }: PinRecord,
    current: Pin | undefined,
    soaking: Pin | undefined,
    { vetoes }: CandidateQuestion,
    failed: Evidence | undefined,
): string | undefined {
    const veto = vetoes.byDigest.get(digest);
    if (veto !== undefined) {
        return `vetoed by ${veto.by}: ${veto.reason}`;
    }
    if (failed !== undefined) {
        return `its check "${failed.name}" failed`;
    }
    const here = current && rolledBackFrom(current, "standing").get(digest);
    const there = soaking && rolledBackFrom(soaking).get(digest);
    return here === undefined && there === undefined ? undefined : `rolled back: ${here ?? there ?? ""}`;
}

/** When the image of a pin was published, in milliseconds since 1970; `undefined` where neither pin nor release says so. */
export function publicationOf(pin: Pin, candidates: readonly Candidate[]): number | undefined {
    const digest = pin.image?.digest;
    return pin.publishedAt === undefined
        ? candidates.findLast((each) => each.digest === digest)?.at
        : Date.parse(pin.publishedAt);
}
