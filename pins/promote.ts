import { formatImageReference } from "../images/imageReference";
import { releaseOf } from "../platform/pinHistory";
import type { Pin } from "../platform/platformConfig";
import { EXIT_CODES } from "../lib/text/mendableError";
import { type ParsedRelease, releasedReference } from "./release/release";
import type { PinMove } from "./editPins";
import { type MoveOutcome, moveEnvironment } from "./moveEnvironment";
import { type PreparedEnvironment, type PromotionWorld, prepareEnvironment } from "./prepareEnvironment";
import { type Problem, notBegun } from "./problem";
import { unlessAborted } from "../lib/system/interruption";
import {
    type EnvironmentReport,
    PROMOTION_REPORT_VERSION,
    type PromotionReport,
    type RuntimeReport,
} from "./report";
import type { EnvironmentPlan } from "./promotion";
import type { PromotionRequest } from "./promotion";
import type { RuntimePlan } from "./promotion";

/** What `fleet promote` was asked to do. */
export interface PromoteOptions extends Pick<PromotionRequest, "only" | "partial" | "breakGlass"> {
    readonly parsed: ParsedRelease;
    readonly environments: readonly string[];
    /** Who promotes: a person or a pipeline. */
    readonly by: string;
}

/**
 * Promotes a release to environments. All checks of all environments are made before anything is changed in any of them;
 * after that each environment stands for itself: one that fails does not stop the others.
 */
export async function promote(options: PromoteOptions, world: PromotionWorld): Promise<PromotionReport> {
    const { parsed, environments, by } = options;
    const now = world.now();
    const request: PromotionRequest | undefined =
        parsed.release === undefined
            ? undefined
            : {
                  release: parsed.release,
                  named: parsed.named,
                  only: options.only,
                  partial: options.partial,
                  breakGlass: options.breakGlass,
                  now,
              };
    const unusable = parsed.problems.map((message): Problem => ({ check: "release", message }));
    const checks = Promise.all(
        [...new Set(environments)].map((name) => prepareEnvironment(name, request, unusable, world)),
    );
    const prepared = await (world.signal === undefined ? checks : unlessAborted(checks, world.signal));
    world.onChecked?.(prepared);

    const reports: EnvironmentReport[] = [];
    for (const environment of prepared) {
        reports.push(await promotePrepared(environment, request, by, world));
    }
    return {
        schemaVersion: PROMOTION_REPORT_VERSION,
        release: request?.release.release,
        environments: reports,
        partial: options.partial,
        breakGlass: options.breakGlass,
        exitCode: reports.some(({ status }) => status === "refused" || status === "failed")
            ? EXIT_CODES.notAsItShouldBe
            : EXIT_CODES.done,
    };
}

async function promotePrepared(
    prepared: PreparedEnvironment,
    request: PromotionRequest | undefined,
    by: string,
    world: PromotionWorld,
): Promise<EnvironmentReport> {
    const { name, plan, problems, ready } = prepared;
    const moving = plan.runtimes.filter(({ action }) => action === "promote" || action === "deploy");
    if (problems.length > 0 || ready === undefined || request === undefined) {
        return reportOf(name, plan, request, "refused", problems);
    }
    if (moving.length === 0) {
        return reportOf(name, plan, request, "already-current", []);
    }
    if (world.signal?.aborted === true) {
        return reportOf(name, plan, request, "refused", [notBegun(world.signal)]);
    }
    const outcome = await moveEnvironment({
        root: world.root,
        environment: ready.environment,
        text: ready.text,
        moves: moving.flatMap((runtime) => moveOf(runtime, request, by)),
        targets: new Map(
            moving.flatMap(({ runtime, target }) => (target === undefined ? [] : [[runtime, target.digest]])),
        ),
        stack: ready.stack,
        announce: ready.announce,
        message: `promote ${request.release.release}: ${moving.map(({ runtime }) => runtime).join(", ")}`,
        now: world.now,
        log: world.log,
    });
    const done = ready.stack === undefined ? "pinned" : "promoted";
    const status = outcome.problems.length > 0 ? "failed" : done;
    return reportOf(name, plan, request, status, outcome.problems, outcome);
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
    const runtimes = plan.runtimes.map(({ runtime, action, current, target }): RuntimeReport => {
        const own = problems.some((problem) => problem.runtime === runtime || problem.runtime === undefined);
        const moving = action === "promote" || action === "deploy";
        return {
            runtime,
            // After the checks, one runtime's problem is its own: the others were deployed in the same update.
            status: !moving ? action : status === "failed" && !own ? "promoted" : status,
            from: current && describeFrom(current),
            to: target && {
                image: formatImageReference(releasedReference(target)),
                release: request?.release.release ?? "",
            },
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
