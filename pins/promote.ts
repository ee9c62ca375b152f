import { formatImageReference } from "../images/imageReference";
import { releaseOf } from "../platform/pinHistory";
import type { Pin } from "../platform/platformConfig";
import { type ParsedRelease, releasedReference } from "./release/release";
import type { PinMove } from "./editPins";
import type { Act } from "./mayMove";
import { type MoveOutcome, failed, moveEnvironment } from "./moveEnvironment";
import { movesOf } from "./planPromotion";
import { type PreparedEnvironment, type PromotionWorld, prepareEnvironment } from "./prepareEnvironment";
import { type Problem, notBegun } from "./problem";
import { unlessAborted } from "../lib/system/interruption";
import {
    type EnvironmentReport,
    PROMOTION_REPORT_VERSION,
    type PromotionReport,
    type RuntimeReport,
    exitCodeOf,
    runtimeStatus,
    statusOf,
} from "./report";
import { withPromotionLock } from "./promotionLock";
import type { EnvironmentPlan } from "./promotion";
import type { PromotionRequest } from "./promotion";
import type { RuntimePlan } from "./promotion";

/** What `fleet promote` was asked to do. */
export interface PromoteOptions extends Pick<
    PromotionRequest,
    "only" | "partial" | "breakGlass" | "announceAgain"
> {
    readonly parsed: ParsedRelease;
    readonly environments: readonly string[];
    /** Who promotes: a person or a pipeline. */
    readonly by: string;
}

/**
 * Promotes a release to environments. All checks of all environments are made before anything is changed in any of them, and those
 * of an environment once more right before its own update: an update takes minutes, and what was allowed then may not be now. After that each environment stands for itself: one that fails does not stop the others.
 */
export async function promote(options: PromoteOptions, world: PromotionWorld): Promise<PromotionReport> {
    const { parsed, environments, by } = options;
    const request: PromotionRequest | undefined =
        parsed.release === undefined
            ? undefined
            : {
                  release: parsed.release,
                  named: parsed.named,
                  only: options.only,
                  partial: options.partial,
                  breakGlass: options.breakGlass,
                  announceAgain: options.announceAgain,
                  now: world.now(),
              };
    const unusable = parsed.problems.map((message): Problem => ({ check: "release", message }));
    const checks = Promise.all(
        [...new Set(environments)].map((name) => prepareEnvironment(name, request, unusable, world)),
    );
    const prepared = await (world.signal === undefined ? checks : unlessAborted(checks, world.signal));
    world.onChecked?.(prepared);

    const reports: EnvironmentReport[] = [];
    for (const environment of prepared) {
        reports.push(await promoteEnvironment(environment, request, by, world));
    }
    return {
        schemaVersion: PROMOTION_REPORT_VERSION,
        release: request?.release.release,
        environments: reports,
        partial: options.partial,
        breakGlass: options.breakGlass,
        exitCode: exitCodeOf(reports),
    };
}

async function promoteEnvironment(
    prepared: PreparedEnvironment,
    request: PromotionRequest | undefined,
    by: string,
    world: PromotionWorld,
): Promise<EnvironmentReport> {
    const { name, plan, problems, ready } = prepared;
    if (problems.length > 0 || ready === undefined || request === undefined) {
        return reportOf(name, plan, request, "refused", problems);
    }
    if (movesOf(plan.runtimes).length === 0) {
        return reportOf(name, plan, request, idleStatus(plan), []);
    }
    if (world.signal?.aborted === true) {
        return reportOf(name, plan, request, "refused", [notBegun(world.signal)]);
    }
    try {
        return await withPromotionLock(world.root, name, async () => {
            const present = { ...request, now: world.now() };
            return promotePrepared(await prepareEnvironment(name, present, [], world), present, by, world);
        });
    } catch (error) {
        return reportOf(name, plan, request, "failed", failed(error).problems);
    }
}

/** Does what is planned, under the promotion's lock and right after the checks. */
async function promotePrepared(
    { name, plan, problems, ready }: PreparedEnvironment,
    request: PromotionRequest,
    by: string,
    world: PromotionWorld,
): Promise<EnvironmentReport> {
    const moves = movesOf(plan.runtimes);
    if (problems.length > 0 || ready === undefined) {
        return reportOf(name, plan, request, "refused", problems);
    }
    if (moves.length === 0) {
        return reportOf(name, plan, request, idleStatus(plan), []);
    }
    const outcome = await moveEnvironment({
        world,
        ready,
        moves,
        pins: plan.runtimes.flatMap((runtime) => moveOf(runtime, request, by)),
        breakGlass: request.breakGlass,
        message: `promote ${request.release.release}: ${moves.map(({ runtime }) => runtime).join(", ")}`,
    });
    return reportOf(name, plan, request, statusOf(ready, outcome), outcome.problems, outcome);
}

function idleStatus({ runtimes }: EnvironmentPlan): EnvironmentReport["status"] {
    return runtimes.some(({ action }) => action === "pinned") ? "pinned" : "already-current";
}

function moveOf(
    { runtime, action, current, target }: RuntimePlan,
    { release, now, partial, breakGlass }: PromotionRequest,
    by: string,
): PinMove[] {
    if (action !== "promote" || target === undefined) {
        return [];
    }
    const next = {
        image: releasedReference(target),
        release: release.release,
        promotedAt: now.toISOString(),
        promotedBy: by,
        gitSha: target.gitSha,
        publishedAt: target.publishedAt,
        evidence: target.evidence.length === 0 ? undefined : target.evidence,
        reason: partial === undefined ? undefined : `partial release: ${partial}`,
        breakGlass,
    };
    return [{ runtime, current, next }];
}

function reportOf(
    environment: string,
    plan: EnvironmentPlan,
    request: PromotionRequest | undefined,
    status: EnvironmentReport["status"],
    problems: readonly Problem[],
    outcome?: MoveOutcome,
): EnvironmentReport {
    const moves = movesOf(plan.runtimes);
    const runtimes = plan.runtimes.map(({ runtime, action, current, target }): RuntimeReport => {
        const moving = moves.some((move) => move.runtime === runtime);
        return {
            runtime,
            status: moving
                ? runtimeStatus(runtime, status, problems, outcome)
                : (action as Exclude<typeof action, Act>),
            from: current && describeFrom(current),
            to: target && {
                image: formatImageReference(releasedReference(target)),
                release: request?.release.release ?? "",
            },
            waitingFor: outcome?.unproven.get(runtime)?.why,
            announcedAt: outcome?.announced.get(runtime),
        };
    });
    return { environment, status, runtimes, problems };
}

function describeFrom(pin: Pin): NonNullable<RuntimeReport["from"]> {
    const live = "(a live Deployment's image)";
    return {
        image: pin.image === undefined ? live : formatImageReference(pin.image),
        release: pin.release ?? (pin.image === undefined ? live : releaseOf(pin.image)),
        promotedAt: pin.promotedAt,
    };
}
