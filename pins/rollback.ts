import { MendableError } from "../lib/text/mendableError";
import { readVetoes } from "../config/vetoes";
import type { Hold, PinRecord } from "../platform/pinRecord";
import { carryOut } from "./carryOut";
import type { Announce } from "./controlPlane";
import { type RollbackRequest, planRollback } from "./planRollback";
import {
    type PreparedEnvironment,
    type PromotionWorld,
    findMissingImages,
    findTokenTrouble,
    openEnvironment,
} from "./prepareEnvironment";
import { type Problem, formatProblem } from "./problem";
import type { RuntimePlan } from "./promotion";
import { type EnvironmentReport, type PromotionReport, gatherReports } from "./report";

/**
 * Pins the digest before the present one that passed its checks, and holds it. Freeze windows and soak times do not apply:
 * it ran here before. Each environment stands for itself, as with a promotion.
 */
export async function rollback(request: RollbackRequest, world: PromotionWorld): Promise<PromotionReport> {
    const { by, reason, breakGlass } = request;
    const environments: EnvironmentReport[] = [];
    for (const name of new Set(request.environments)) {
        const act = {
            pinOf: (target: PinRecord, { current }: RuntimePlan): PinRecord => ({
                ...target,
                promotedAt: world.now().toISOString(),
                promotedBy: by,
                reason: `rollback: ${reason}`,
                breakGlass,
                deployedAt: undefined,
                hold: holdOf(current, request, world.now()),
            }),
            message: (runtimes: string) => `roll back ${runtimes}: ${reason}`,
            breakGlass,
        };
        const unknown: PreparedEnvironment = { name, runtimes: [], problems: [], ready: undefined };
        environments.push(await carryOut(unknown, () => prepareRollback(name, request, world), act, world));
    }
    return gatherReports(environments, { breakGlass });
}

/** Makes all checks of one environment. */
async function prepareRollback(
    name: string,
    request: RollbackRequest,
    world: PromotionWorld,
): Promise<PreparedEnvironment> {
    const { problems: openProblems, ready } = await openEnvironment(name, world);
    if (ready === undefined) {
        return { name, runtimes: [], problems: openProblems, ready };
    }
    const plan = planRollback(request, ready, readVetoes(world.root), world.now());
    const missing = await findMissingImages(plan.runtimes, world);
    const untold = findTokenTrouble(plan.runtimes, ready, world);
    const problems = [...openProblems, ...plan.problems];
    if (request.breakGlass === undefined) {
        problems.push(...missing, ...untold);
    } else {
        for (const problem of [...missing, ...untold]) {
            world.log(`passed over (${request.breakGlass}): ${formatProblem(name, problem)}`);
        }
    }
    return {
        name,
        runtimes: plan.runtimes,
        problems,
        ready: untold.length === 0 ? ready : { ...ready, announce: cannotTell(untold) },
    };
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

function holdOf(
    current: RuntimePlan["current"],
    { by, reason }: RollbackRequest,
    now: Date,
): Hold | undefined {
    // Of two rollbacks in a row the first one's bad release is the newer: what ends the hold must be newer than that.
    const active = current?.hold?.released === undefined ? current?.hold : undefined;
    const bad = active ?? {
        badImage: current?.image,
        badRelease: current?.release,
        badPublishedAt: current?.publishedAt,
    };
    const { badImage, badRelease, badPublishedAt } = bad;
    return badImage && { reason, by, since: now.toISOString(), badImage, badRelease, badPublishedAt };
}
