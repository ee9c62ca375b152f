import type { PinRecord } from "../platform/pinRecord";
import { failed, moveEnvironment } from "./moveEnvironment";
import type { PreparedEnvironment, PromotionWorld } from "./prepareEnvironment";
import { notBegun } from "./problem";
import { type RuntimePlan, isMoved, movesOf } from "./promotion";
import { withPromotionLock } from "./promotionLock";
import { type EnvironmentReport, type Status, reportOf, statusOf } from "./report";

/** What a promotion or a rollback writes down. */
export interface Act {
    /** The pin of a runtime that is moved: what it is moved to, with who moves it when and why. */
    readonly pinOf: (target: PinRecord, plan: RuntimePlan) => PinRecord;
    /** The stack's message, before the runtimes that are moved. */
    readonly message: (runtimes: string) => string;
    readonly breakGlass: string | undefined;
}

/**
 * Checks an environment under its promotion lock, and does at once what is planned then: what was allowed before another
 * environment's update may not be any more.
 *
 * @param before what is known of it, for the report when the lock is taken
 */
export async function carryOut(
    before: PreparedEnvironment,
    prepare: () => Promise<PreparedEnvironment>,
    { pinOf, message, breakGlass }: Act,
    world: PromotionWorld,
): Promise<EnvironmentReport> {
    let prepared = before;
    try {
        return await withPromotionLock(world.root, before.name, async () => {
            prepared = await prepare();
            const { runtimes, ready } = prepared;
            const settled = settle(prepared, world);
            if (settled !== undefined || ready === undefined) {
                return settled ?? reportOf(prepared, "refused");
            }
            const moves = movesOf(runtimes);
            const outcome = await moveEnvironment({
                world,
                ready,
                moves,
                pins: runtimes.filter(isMoved).flatMap((plan) => {
                    const { runtime, current, target } = plan;
                    return target === undefined ? [] : [{ runtime, current, next: pinOf(target, plan) }];
                }),
                breakGlass,
                message: message(moves.map(({ runtime }) => runtime).join(", ")),
            });
            return reportOf({ ...prepared, ...outcome }, statusOf(ready, outcome), outcome);
        });
    } catch (error) {
        return reportOf({ ...prepared, ...failed(error) }, "failed");
    }
}

/** The report of an environment in which nothing is to be done: it is refused or unknown, as it should be, or we were interrupted. */
export function settle(
    prepared: PreparedEnvironment,
    { signal }: Pick<PromotionWorld, "signal">,
): EnvironmentReport | undefined {
    const { runtimes, problems, ready } = prepared;
    if (problems.length > 0 || ready === undefined) {
        return reportOf(prepared, refusalOf(prepared));
    }
    if (movesOf(runtimes).length === 0) {
        return reportOf(
            prepared,
            runtimes.some(({ action }) => action === "pinned") ? "pinned" : "already-current",
        );
    }
    return signal?.aborted === true
        ? reportOf({ ...prepared, problems: [notBegun(signal)] }, "refused")
        : undefined;
}

/** What is known to be forbidden stays so, whatever else could be found out; what only has to wait is known last. */
function refusalOf({ problems, mayWait = false }: PreparedEnvironment): Status {
    const others = problems.filter(({ waits }) => waits === undefined || !mayWait);
    if (others.length === 0 && problems.length > 0) {
        return "waiting";
    }
    return others.every(({ unknown }) => unknown) ? "unknown" : "refused";
}
