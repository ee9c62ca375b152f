import { formatImageReference } from "../images/imageReference";
import { EXIT_CODES } from "../lib/text/mendableError";
import { releaseOf } from "../images/pinHistory";
import type { Pin } from "../platform/platformConfig";
import type { MoveOutcome, Unproven } from "./moveEnvironment";
import type { PreparedEnvironment, ReadyEnvironment } from "./prepareEnvironment";
import type { Problem } from "./problem";
import { movesOf } from "./promotion";

/** The version of the JSON report of `promote` and `rollback`. */
export const PROMOTION_REPORT_VERSION = 1;

/** What became of an environment, or of a runtime in it. */
export type Status =
    | "promoted"
    | "soaking"
    | "unproven"
    | "pinned"
    | "already-current"
    | "nothing-queued"
    | "waiting"
    | "refused"
    | "unknown"
    | "failed";

/** What became of one runtime in one environment. */
export interface RuntimeReport {
    readonly runtime: string;
    /**
     * `promoted`: pinned, deployed, proven by the stack's own agents and read back. `soaking`: deployed, and only time is missing
     * before it is proven. `unproven`: deployed, and more than time is missing. `pinned`: the pin is written, and nothing was deployed (`--config-only`).
     * `already-current`: nothing to do. `left-behind`: not part of this promotion. `refused`: a rule forbids it, and nothing was
     * changed. `waiting`: as `refused`, and queued, since it only has to wait (`--when-allowed`). `unknown`: whether a rule forbids it
     * could not be found out, and nothing was changed. `failed`: see the problems. `nothing-queued`: of an environment, where none was named.
     */
    readonly status: Status | "left-behind";
    /** The image and release that it was pinned to; absent for a runtime that had no pin. */
    readonly from?: { readonly image: string; readonly release: string; readonly promotedAt?: string };
    /** What it is to be pinned to; absent when it is left behind. */
    readonly to?: { readonly image: string; readonly release: string };
    /** What is missing before it is proven, or may be promoted: a sentence. */
    readonly waitingFor?: string;
    /** When the environment's control plane accepted the pin, RFC 3339. */
    readonly announcedAt?: string;
}

/** What became of one environment. */
export interface EnvironmentReport {
    readonly environment: string;
    /** The worst of its runtimes. `refused`, `unknown`: nothing was changed. `failed`: something went wrong after the checks. */
    readonly status: Status;
    readonly runtimes: readonly RuntimeReport[];
    readonly problems: readonly Problem[];
}

/** What a promotion did. */
export interface PromotionReport {
    readonly schemaVersion: typeof PROMOTION_REPORT_VERSION;
    /** The release's name; `rollback` has none. */
    readonly release?: string;
    readonly environments: readonly EnvironmentReport[];
    /** Why some runtimes were left out, or freeze windows and soak times passed over. */
    readonly partial?: string;
    readonly breakGlass?: string;
    /** The worst of all environments: 1 refused, failed, or not proven yet, else 2 unknown, else 3 waiting, else 0. */
    readonly exitCode: number;
}

/** What all environments report, with the exit code. */
export function gatherReports(
    environments: readonly EnvironmentReport[],
    asked: Pick<PromotionReport, "release" | "partial" | "breakGlass">,
): PromotionReport {
    const { release, partial, breakGlass } = asked;
    return {
        schemaVersion: PROMOTION_REPORT_VERSION,
        release,
        environments,
        partial,
        breakGlass,
        exitCode: exitCodeOf(environments),
    };
}

/** 0 where every environment is as it was asked for; what is deployed and not proven is not that yet. */
function exitCodeOf(environments: readonly EnvironmentReport[]): number {
    const done: readonly Status[] = ["promoted", "pinned", "already-current", "nothing-queued"];
    const others = new Set(
        environments.map(({ status }) => status).filter((status) => !done.includes(status)),
    );
    if ([...others].some((status) => status !== "unknown" && status !== "waiting")) {
        return EXIT_CODES.notAsItShouldBe;
    }
    const waits = others.has("waiting") ? EXIT_CODES.waits : EXIT_CODES.done;
    return others.has("unknown") ? EXIT_CODES.couldNotTell : waits;
}

/** What became of an environment in which something was done. */
export function statusOf({ stack }: ReadyEnvironment, { problems, unproven }: MoveOutcome): Status {
    if (problems.length > 0) {
        return "failed";
    }
    const done = stack === undefined ? "pinned" : "promoted";
    return unproven.size === 0 ? done : waitingStatus([...unproven.values()]);
}

/** The report of an environment: of what is planned and its problems, with the status of all that was to be moved. */
export function reportOf(
    { name, runtimes: plans, problems }: Pick<PreparedEnvironment, "name" | "runtimes" | "problems">,
    status: Status,
    outcome?: MoveOutcome,
): EnvironmentReport {
    const moving = new Set(movesOf(plans).map(({ runtime }) => runtime));
    // What stack or cluster did not tell is not as it should be either.
    const unread = problems.some(({ unknown, runtime }) => unknown === true && runtime === undefined);
    const waits = (runtime: string) =>
        problems
            .flatMap((each) => ((each.runtime ?? runtime) === runtime ? (each.waits ?? []) : []))
            .join("; ");
    const runtimes = plans.map(({ runtime, action, current, target }): RuntimeReport => {
        const idle = unread && action !== "left-behind" ? "unknown" : (action as RuntimeReport["status"]);
        return {
            runtime,
            status: moving.has(runtime) ? runtimeStatus(runtime, status, problems, outcome) : idle,
            from: current && { ...describe(current), promotedAt: current.promotedAt },
            to: target && describe(target),
            waitingFor: status === "waiting" ? waits(runtime) : outcome?.unproven.get(runtime)?.why,
            announcedAt: outcome?.announced.get(runtime),
        };
    });
    return { environment: name, status, runtimes, problems };
}

function describe({ image, release }: Pin): NonNullable<RuntimeReport["to"]> {
    const live = "(a live Deployment's image)";
    return {
        image: image === undefined ? live : formatImageReference(image),
        release: image === undefined ? (release ?? live) : releaseOf({ image, release }),
    };
}

/** What became of a runtime that was to be moved. After the checks, one runtime's problem is its own: the others were deployed in the same update. */
function runtimeStatus(
    runtime: string,
    status: Status,
    problems: readonly Problem[],
    outcome: MoveOutcome | undefined,
): Status {
    const own = problems.some((problem) => problem.runtime === runtime || problem.runtime === undefined);
    if (outcome === undefined || (status === "failed" && own)) {
        return status;
    }
    const waiting = outcome.unproven.get(runtime);
    const done = status === "pinned" ? "pinned" : "promoted";
    return waiting === undefined ? done : waitingStatus([waiting]);
}

function waitingStatus(unproven: readonly Unproven[]): Status {
    return unproven.every(({ soaking }) => soaking) ? "soaking" : "unproven";
}
