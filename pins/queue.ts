import * as fs from "node:fs";
import * as path from "node:path";
import { writeWhole } from "../lib/system/writeWhole";
import { MendableError } from "../lib/text/mendableError";
import type { Queued } from "../platform/queued";
import { setSetting } from "./editPins";
import { environmentFile, readEnvironment, readEnvironments } from "./environment";
import type { PromotionWorld } from "./prepareEnvironment";
import { type Promotion, promote } from "./promote";
import type { AskedMove, PromotionRequest } from "./promotion";
import { withPromotionLock } from "./promotionLock";
import { publishedAt, readRelease } from "./release/release";
import { type EnvironmentReport, type PromotionReport, type Status, gatherReports, reportOf } from "./report";

/** Releases whose place one took that are remembered. */
const MAX_INSTEAD_OF = 5;

/** Statuses of a release that has got on, or has failed: it is in no queue any more. */
const SETTLED: readonly Status[] = ["promoted", "soaking", "unproven", "pinned", "already-current", "failed"];

/**
 * Promotes a release, and with `whenAllowed` queues it where it only has to wait. Of two that are queued for an environment, the newer
 * one stays, and says whose place it took; one that has got on, or that a newer one has overtaken, is queued no more.
 *
 * @param file the release's file: another run reads it again
 * @throws MendableError when it is to be queued, and its file is not one of the checkout
 */
export async function promoteOrQueue(
    promotion: Promotion,
    file: string,
    world: PromotionWorld,
): Promise<PromotionReport> {
    const inside = path.relative(world.root, path.resolve(file));
    if (promotion.whenAllowed === true && (inside.startsWith("..") || path.isAbsolute(inside))) {
        throw new MendableError(
            `"${file}" is not in "${world.root}"; expected a release of the checkout, "releases/…": a later run goes on from it`,
        );
    }
    const report = await promote(promotion, world);
    const environments: EnvironmentReport[] = [];
    for (const environment of report.environments) {
        environments.push(await keepQueue(environment, promotion, inside.split(path.sep).join("/"), world));
    }
    return { ...report, environments };
}

/** Goes on with what is queued in environments. */
export async function promoteQueued(asked: AskedMove, world: PromotionWorld): Promise<PromotionReport> {
    const reports: EnvironmentReport[] = [];
    for (const name of new Set(asked.environments)) {
        const read = readEnvironments(world.root, [name]);
        const queue = read.environments[0]?.config.queue;
        if (queue === undefined) {
            const problems = read.problems.map(
                (message) => ({ check: "config", message, unknown: true }) as const,
            );
            const status = problems.length === 0 ? "nothing-queued" : "unknown";
            reports.push(reportOf({ name, runtimes: [], problems }, status));
            continue;
        }
        const file = path.join(world.root, queue.file);
        const { only, partial } = queue;
        const parsed = readRelease(file);
        const promotion = {
            ...asked,
            environments: [name],
            only,
            partial,
            parsed,
            queued: queue,
            whenAllowed: true,
        };
        reports.push(...(await promoteOrQueue(promotion, file, world)).environments);
    }
    return gatherReports(reports, {});
}

/** Puts a release that waits into an environment's file, and takes out one that has got on, or failed. */
async function keepQueue(
    environment: EnvironmentReport,
    { parsed: { release }, only, partial, by }: Promotion,
    file: string,
    world: PromotionWorld,
): Promise<EnvironmentReport> {
    const { environment: name, status, problems } = environment;
    // What was interrupted is finished by the next run.
    const isOver = SETTLED.includes(status) && world.signal?.aborted !== true;
    if (release === undefined || (status !== "waiting" && !isOver)) {
        return environment;
    }
    return withPromotionLock(world.root, name, () => {
        const { queue } = readEnvironment(world.root, name).config;
        const at = publishedAt(release);
        const covered = queue !== undefined && covers({ only }, queue);
        if (status === "waiting" && (!covered || queue.release !== release.release)) {
            write(name, world, {
                ...{ release: release.release, file, publishedAt: new Date(at).toISOString() },
                ...{ by, since: world.now().toISOString(), only: only && [...only], partial },
                insteadOf: queue && [
                    { release: queue.release, by: queue.by, since: queue.since },
                    ...(queue.insteadOf ?? []).slice(0, MAX_INSTEAD_OF - 1),
                ],
            });
        }
        if (!isOver || !covered || at < Date.parse(queue.publishedAt)) {
            return Promise.resolve(environment);
        }
        write(name, world, undefined);
        if (status !== "failed") {
            return Promise.resolve(environment);
        }
        // A rollout that failed is not tried again every hour.
        const message = `"${queue.release}" is queued no more, since it failed; "fleet promote --release ${file} --env ${name}" once that is mended`;
        return Promise.resolve({
            ...environment,
            problems: [...problems, { check: "update", message } as const],
        });
    });
}

/** Whether a promotion is of every runtime that a queued one is of. */
function covers({ only }: Pick<PromotionRequest, "only">, queue: Pick<Queued, "only">): boolean {
    return only === undefined || queue.only?.every((runtime) => only.includes(runtime)) === true;
}

function write(name: string, { root }: PromotionWorld, queue: Queued | undefined): void {
    const file = path.join(root, environmentFile(name));
    writeWhole(file, setSetting(fs.readFileSync(file, "utf8"), "platform:queue", queue));
}
