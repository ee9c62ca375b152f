import { type ImageReference, formatImageReference } from "../images/imageReference";
import { releaseOf } from "../platform/pinHistory";
import type { Hold, PinRecord } from "../platform/pinRecord";
import { MendableError } from "../lib/text/mendableError";
import type { Announce } from "./controlPlane";
import { mayMove } from "./mayMove";
import { type MoveOutcome, failed, moveEnvironment } from "./moveEnvironment";
import type { PinMove } from "./editPins";
import { findOthersMoved } from "./planPromotion";
import { type RollbackOptions, type RuntimeRollback, planRollback, rollbackMoves } from "./planRollback";
import {
    type PromotionWorld,
    findMissingImages,
    findTokenTrouble,
    openEnvironment,
} from "./prepareEnvironment";
import { type Problem, formatProblem, notBegun } from "./problem";
import { withPromotionLock } from "./promotionLock";
import {
    type EnvironmentReport,
    PROMOTION_REPORT_VERSION,
    type PromotionReport,
    type RuntimeReport,
    exitCodeOf,
    runtimeStatus,
    statusOf,
} from "./report";
import { readVetoes } from "../config/vetoes";

/**
 * Pins the digest before the present one that passed its checks, and holds it. Freeze windows and soak times do not apply:
 * it ran here before. Each environment stands for itself, as with a promotion.
 */
export async function rollback(options: RollbackOptions, world: PromotionWorld): Promise<PromotionReport> {
    const environments: EnvironmentReport[] = [];
    for (const name of new Set(options.environments)) {
        environments.push(await rollbackEnvironment(name, options, world));
    }
    return {
        schemaVersion: PROMOTION_REPORT_VERSION,
        environments,
        breakGlass: options.breakGlass,
        exitCode: exitCodeOf(environments),
    };
}

async function rollbackEnvironment(
    name: string,
    options: RollbackOptions,
    world: PromotionWorld,
): Promise<EnvironmentReport> {
    try {
        return await withPromotionLock(world.root, name, () => rollbackLocked(name, options, world));
    } catch (error) {
        const { problems } = failed(error);
        return { environment: name, status: "failed", runtimes: [], problems };
    }
}

/** Checks and moves one environment, under the promotion's lock. */
async function rollbackLocked(
    name: string,
    options: RollbackOptions,
    world: PromotionWorld,
): Promise<EnvironmentReport> {
    const { problems: openProblems, ready } = await openEnvironment(name, world);
    const problems = [...openProblems];
    if (ready === undefined) {
        return { environment: name, status: "refused", runtimes: [], problems };
    }
    const vetoes = readVetoes(world.root);
    const plans = planRollback(options, ready, vetoes, problems);
    const moves = rollbackMoves(plans);
    const images = new Map(plans.map(({ runtime, to }) => [runtime, to.image]));
    const missing = await findMissingImages(moves, images, world);
    const untold = findTokenTrouble(moves, ready, world);
    problems.push(
        ...findOthersMoved(
            ready,
            moves.filter(({ act }) => act !== "announce"),
            "roll that one back too",
        ),
        ...mayMove(moves, { environment: ready.environment, vetoes, now: world.now() }),
    );
    if (options.breakGlass === undefined) {
        problems.push(...missing, ...untold);
    } else {
        for (const problem of [...missing, ...untold]) {
            world.log(`passed over (${options.breakGlass}): ${formatProblem(name, problem)}`);
        }
    }
    if (world.signal?.aborted === true) {
        problems.push(notBegun(world.signal));
    }
    if (problems.length > 0) {
        return report(name, plans, "refused", problems);
    }
    if (moves.length === 0) {
        const idle = plans.some(({ action }) => action === "pinned") ? "pinned" : "already-current";
        return report(name, plans, idle, []);
    }
    const outcome = await moveEnvironment({
        world,
        ready: untold.length === 0 ? ready : { ...ready, announce: cannotTell(untold) },
        moves,
        pins: plans.flatMap((plan) => (plan.action === "move" ? [moveOf(plan, options, world.now())] : [])),
        breakGlass: options.breakGlass,
        message: `roll back ${moves.map(({ runtime }) => runtime).join(", ")}: ${options.reason}`,
    });
    return report(name, plans, statusOf(ready, outcome), outcome.problems, outcome);
}

/** The glass was broken for the cluster's sake; that the control plane does not know of it stays a problem. */
function cannotTell(troubles: readonly Problem[]): Announce {
    const why = troubles.map(({ message }) => message).join("; ");
    return () =>
        Promise.reject(
            new MendableError(
                `it is rolled back and the control plane was not told: ${why}; run this again then`,
            ),
        );
}

function moveOf(
    { runtime, current, to }: RuntimeRollback,
    { by, reason, breakGlass }: RollbackOptions,
    now: Date,
): PinMove {
    // Of two rollbacks in a row the first one's bad release is the newer: what ends the hold must be newer than that.
    const active = current.hold?.released === undefined ? current.hold : undefined;
    const hold: Hold = {
        reason,
        by,
        since: now.toISOString(),
        badImage: active?.badImage ?? current.image,
        badRelease: active === undefined ? current.release : active.badRelease,
        badPublishedAt: active === undefined ? current.publishedAt : active.badPublishedAt,
    };
    const next: PinRecord = {
        ...to,
        promotedAt: now.toISOString(),
        promotedBy: by,
        reason: `rollback: ${reason}`,
        breakGlass,
        deployedAt: undefined,
        hold,
    };
    return { runtime, current, next };
}

function report(
    environment: string,
    plans: readonly RuntimeRollback[],
    status: EnvironmentReport["status"],
    problems: readonly Problem[],
    outcome?: MoveOutcome,
): EnvironmentReport {
    const moves = rollbackMoves(plans);
    const describe = ({ image, release }: { readonly image: ImageReference; readonly release?: string }) => ({
        image: formatImageReference(image),
        release: release ?? releaseOf(image),
    });
    const runtimes = plans.map(({ runtime, action, current, to }): RuntimeReport => {
        return {
            runtime,
            status: moves.some((move) => move.runtime === runtime)
                ? runtimeStatus(runtime, status, problems, outcome)
                : action === "pinned"
                  ? "pinned"
                  : "already-current",
            from: describe(current),
            to: describe(to),
            waitingFor: outcome?.unproven.get(runtime)?.why,
            announcedAt: outcome?.announced.get(runtime),
        };
    });
    return { environment, status, runtimes, problems };
}
