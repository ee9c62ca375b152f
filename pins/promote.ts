import { unlessAborted } from "../lib/system/interruption";
import type { PinRecord } from "../platform/pinRecord";
import { type Queued, describeQueued } from "../platform/queued";
import { carryOut, settle } from "./carryOut";
import { type PreparedEnvironment, type PromotionWorld, prepareEnvironment } from "./prepareEnvironment";
import { type Problem, formatProblem } from "./problem";
import type { AskedMove, PromotionRequest } from "./promotion";
import { type ParsedRelease, failedChecks, readReleases } from "./release/release";
import { type EnvironmentReport, type PromotionReport, gatherReports, reportOf } from "./report";

/** What is to be promoted, to which environments. */
export interface Promotion
    extends AskedMove, Pick<PromotionRequest, "partial" | "announceAgain" | "whenAllowed"> {
    readonly parsed: ParsedRelease;
    /** How it was queued, where it was. */
    readonly queued?: Queued;
}

/**
 * Promotes a release to environments. All checks of all environments are made before anything is changed in any of them, and those
 * of an environment once more right before its own update: an update takes minutes, and what was allowed then may not be now. After
 * that each environment stands for itself: one that fails does not stop the others.
 */
export async function promote(promotion: Promotion, world: PromotionWorld): Promise<PromotionReport> {
    const { parsed, environments, partial, breakGlass, only, announceAgain, whenAllowed } = promotion;
    const { release, named } = parsed;
    const recorded = readReleases(world.root);
    const request = release && {
        ...{ release, named, only, partial, breakGlass, announceAgain, whenAllowed },
        failed: failedChecks(recorded.releases),
        // The release's own problems are told as such.
        unreadReleases: parsed.problems.length > 0 ? [] : recorded.problems,
        now: world.now(),
    };
    const unusable = parsed.problems.map((message): Problem => ({ check: "release", message }));
    const checks = Promise.all(
        [...new Set(environments)].map((name) => prepareEnvironment(name, request, unusable, world)),
    );
    const prepared = await (world.signal === undefined ? checks : unlessAborted(checks, world.signal));
    sayProblems(prepared, world);

    const reports: EnvironmentReport[] = [];
    for (const environment of prepared) {
        reports.push(
            request === undefined
                ? reportOf(environment, "refused")
                : await promoteEnvironment(environment, request, promotion, world),
        );
    }
    return gatherReports(reports, { release: release?.release, partial, breakGlass });
}

async function promoteEnvironment(
    prepared: PreparedEnvironment,
    request: PromotionRequest,
    { by, queued }: Promotion,
    world: PromotionWorld,
): Promise<EnvironmentReport> {
    const { release, partial, breakGlass } = request;
    const reasons = [partial && `partial release: ${partial}`, queued && describeQueued(queued)];
    const reason = reasons.filter((each) => each !== undefined).join("; ");
    return (
        settle(prepared, world) ??
        carryOut(
            prepared,
            () => prepareEnvironment(prepared.name, { ...request, now: world.now() }, [], world),
            {
                pinOf: (target): PinRecord => ({
                    ...target,
                    promotedAt: world.now().toISOString(),
                    promotedBy: by,
                    reason: reason === "" ? undefined : reason,
                    breakGlass,
                }),
                message: (runtimes) => `promote ${release.release}: ${runtimes}`,
                breakGlass,
            },
            world,
        )
    );
}

/** Said before the other environments are changed: an update takes minutes, and what is refused is known now. */
function sayProblems(environments: readonly PreparedEnvironment[], { log }: PromotionWorld): void {
    if (environments.every(({ problems }) => problems.length > 0)) {
        return; // The report comes at once, and has them.
    }
    for (const { name, problems } of environments) {
        problems.forEach((problem) => {
            log(formatProblem(name, problem));
        });
    }
}
