import { type ImageReference, formatImageReference } from "../images/imageReference";
import { releaseOf } from "../platform/pinHistory";
import type { Hold, PinRecord } from "../platform/pinRecord";
import { EXIT_CODES } from "../lib/text/mendableError";
import { moveEnvironment } from "./moveEnvironment";
import type { PinMove } from "./editPins";
import { type RollbackOptions, type RuntimeRollback, planRollback } from "./planRollback";
import { type PromotionWorld, findTokenTrouble, openEnvironment } from "./prepareEnvironment";
import { type Problem, notBegun } from "./problem";
import {
    type EnvironmentReport,
    PROMOTION_REPORT_VERSION,
    type PromotionReport,
    type RuntimeReport,
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
        exitCode: environments.some(({ status }) => status === "refused" || status === "failed")
            ? EXIT_CODES.notAsItShouldBe
            : EXIT_CODES.done,
    };
}

async function rollbackEnvironment(
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
    problems.push(...vetoes.problems.map((message): Problem => ({ check: "config", message })));
    const plans = planRollback(options, ready, vetoes, problems);
    const moving = plans.filter(({ action }) => action !== "already-current");
    for (const { runtime, to } of moving) {
        const { repository, digest } = to.image;
        const trouble =
            digest === undefined
                ? "it is pinned by a tag; expected a digest"
                : await world.registryTrouble(repository, digest);
        if (trouble !== undefined) {
            problems.push({ check: "registry", runtime, message: trouble });
        }
    }
    problems.push(...(moving.length === 0 ? [] : findTokenTrouble(ready, world)));
    if (world.signal?.aborted === true) {
        problems.push(notBegun(world.signal));
    }
    if (problems.length > 0) {
        return report(name, plans, "refused", problems);
    }
    if (moving.length === 0) {
        return report(name, plans, "already-current", []);
    }
    const outcome = await moveEnvironment({
        root: world.root,
        environment: ready.environment,
        text: ready.text,
        moves: moving.flatMap((plan) => (plan.action === "move" ? [moveOf(plan, options, world.now())] : [])),
        targets: new Map(moving.map(({ runtime, to }) => [runtime, to.image.digest ?? ""])),
        stack: ready.stack,
        announce: ready.announce,
        message: `roll back ${moving.map(({ runtime }) => runtime).join(", ")}: ${options.reason}`,
        now: world.now,
        log: world.log,
    });
    const done = ready.stack === undefined ? "pinned" : "promoted";
    return report(
        name,
        plans,
        outcome.problems.length > 0 ? "failed" : done,
        outcome.problems,
        outcome.announced,
    );
}

function moveOf(
    { runtime, current, to }: RuntimeRollback,
    { by, reason }: RollbackOptions,
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
        breakGlass: undefined,
        hold,
    };
    return { runtime, current, next };
}

function report(
    environment: string,
    plans: readonly RuntimeRollback[],
    status: EnvironmentReport["status"],
    problems: readonly Problem[],
    announced: ReadonlyMap<string, string> = new Map(),
): EnvironmentReport {
    const describe = ({ image, release }: { readonly image: ImageReference; readonly release?: string }) => ({
        image: formatImageReference(image),
        release: release ?? releaseOf(image),
    });
    const runtimes = plans.map(({ runtime, action, current, to }): RuntimeReport => {
        const own = problems.some((problem) => problem.runtime === runtime || problem.runtime === undefined);
        return {
            runtime,
            status: action === "already-current" ? action : status === "failed" && !own ? "promoted" : status,
            from: describe(current),
            to: describe(to),
            announcedAt: announced.get(runtime),
        };
    });
    return { environment, status, runtimes, problems };
}
