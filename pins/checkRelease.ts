import { formatImageReference, sameRepository } from "../images/imageReference";
import { environmentFile } from "./environment";
import type { Check, Problem } from "./problem";
import type { EnvironmentState, PromotionRequest, RuntimePlan } from "./promotion";
import { rolledBackFrom, soakTime } from "./soakTime";

type Find = (
    plan: RuntimePlan,
    request: PromotionRequest,
    state: EnvironmentState,
) => string | Omit<Problem, "check" | "runtime"> | undefined;

/**
 * What a release must meet for each runtime that it moves: the check's name, and what is wrong when it is not met, or why that could
 * not be found out.
 */
export const RELEASE_CHECKS: readonly { readonly check: Check; readonly find: Find }[] = [
    { check: "repository", find: checkRepository },
    { check: "evidence", find: checkEvidence },
    { check: "hold", find: checkHold },
    { check: "order", find: checkOrder },
    { check: "soak", find: checkSoak },
];

function checkRepository(...[{ runtime, current, target }, , { environment }]: Parameters<Find>) {
    const listed = environment.config.promotion.repositories.get(runtime);
    const allowed = listed ?? (current?.image === undefined ? [] : [current.image]);
    if (
        target === undefined ||
        allowed.length === 0 ||
        allowed.some((repository) => sameRepository(repository, target.image))
    ) {
        return undefined;
    }
    const names = allowed.map(({ repository }) => `"${repository}"`);
    return (
        `the repository "${target.image.repository}" is not allowed for this runtime; expected ${names.join(" or ")} ` +
        `(platform:promotion.repositories in ${environmentFile(environment.name)})`
    );
}

function checkEvidence(...[{ target }, request, { environment }]: Parameters<Find>) {
    const { failed: known, unreadReleases = [] } = request;
    if (target === undefined) {
        return undefined;
    }
    const { evidence = [] } = target;
    const own = evidence.filter(({ result }) => result === "failed");
    const elsewhere = known?.get(target.image.digest ?? "") ?? [];
    const failed = [...own, ...elsewhere.filter(({ name }) => !own.some((each) => each.name === name))];
    const missing = environment.config.promotion.requiredEvidence.filter(
        (name) => !evidence.some((each) => each.name === name),
    );
    const reasons = [
        ...failed.map(({ name, url, digest }) => `the check "${name}" failed (${url ?? digest ?? ""})`),
        ...missing.map((name) => `there is no evidence of the check "${name}"`),
    ];
    if (reasons.length > 0) {
        return `${reasons.join("; ")}; expected every check to have passed`;
    }
    const [first] = unreadReleases;
    if (first === undefined) {
        return undefined;
    }
    const more = unreadReleases.length > 1 ? ` (and ${unreadReleases.length - 1} more)` : "";
    const message = `whether this image failed a check under another name is unknown: ${first}${more}; expected every file in releases/ to be readable`;
    return { message, unknown: true };
}

function checkHold(...[{ current, target }, , { environment }]: Parameters<Find>) {
    const rolledBack =
        target && current && rolledBackFrom(current, "standing").get(target.image.digest ?? "");
    const hold = current?.hold;
    if (rolledBack !== undefined && hold?.badImage.digest !== target?.image.digest) {
        return `this is an image that was rolled back from here: ${rolledBack}; expected a newer release`;
    }
    if (hold === undefined || hold.released !== undefined || target === undefined) {
        return undefined;
    }
    const bad = `"${hold.badRelease ?? formatImageReference(hold.badImage)}"`;
    if (hold.badImage.digest === target.image.digest) {
        return `held by ${hold.by} since ${hold.since}, and this is the image that was rolled back from: ${hold.reason}; expected a newer release than ${bad}`;
    }
    const since = Date.parse(hold.badPublishedAt ?? hold.since);
    const newer = Date.parse(target.publishedAt ?? "") > since;
    if (newer && environment.config.promotion.automaticHoldRelease) {
        return undefined;
    }
    const way = environment.config.promotion.automaticHoldRelease
        ? `a release newer than ${bad}, or "fleet release-hold --env ${environment.name}"`
        : `"fleet release-hold --env ${environment.name}" first`;
    const held = `held by ${hold.by} since ${hold.since}: ${hold.reason}`;
    return { message: `${held}; expected ${way}`, waits: `the end of the hold: ${held}` };
}

/** Two pipelines that overtake each other must not end on the older image. */
function checkOrder(...[{ action, current, target }, request, { environment }]: Parameters<Find>) {
    const pinned = current?.publishedAt;
    if (
        action !== "promote" ||
        target?.publishedAt === undefined ||
        pinned === undefined ||
        request.breakGlass !== undefined ||
        Date.parse(target.publishedAt) >= Date.parse(pinned)
    ) {
        return undefined;
    }
    return (
        `it was published at ${target.publishedAt}, before the pinned "${current?.release ?? ""}" (${pinned}); ` +
        `to go back, use "fleet rollback --env ${environment.name}"`
    );
}

function checkSoak(...[{ runtime, target }, request, state]: Parameters<Find>) {
    const { soak } = state.environment.config.promotion;
    const digest = target?.image.digest;
    if (soak === undefined || digest === undefined || request.breakGlass !== undefined) {
        return undefined;
    }
    const file = environmentFile(soak.environment);
    if (state.soakEnvironment === undefined) {
        const message = `it must have been in ${soak.environment} for ${soak.hours} h, but ${file} cannot be read; expected that file`;
        return { message, unknown: true };
    }
    const pin = state.soakEnvironment.config.runtimes.get(runtime);
    const { hours, pinned, rolledBack } = soakTime(pin, digest, request.now, deployedSince(runtime, state));
    if (rolledBack !== undefined) {
        return `it was rolled back in ${soak.environment}: ${rolledBack}; expected a newer release`;
    }
    if (hours === undefined && pinned && state.soakUnread !== undefined) {
        const message = `the digest was pinned in ${soak.environment} (${file}), and whether it was deployed there is unknown: ${state.soakUnread}`;
        return { message, unknown: true };
    }
    if (hours === undefined) {
        const message = pinned
            ? `the digest was pinned in ${soak.environment} (${file}), but nothing says that it was deployed there; ` +
              `expected it there for ${soak.hours} h: "fleet promote --env ${soak.environment}" deploys it and writes that down`
            : `the digest was never pinned in ${soak.environment} (${file}); expected it there for ${soak.hours} h first`;
        return { message, waits: `${soak.hours} h in ${soak.environment}, which have not begun` };
    }
    if (hours >= soak.hours) {
        return undefined;
    }
    const left = Math.ceil((soak.hours - hours) * 10) / 10;
    const until = new Date(request.now.getTime() + (soak.hours - hours) * 3_600_000).toISOString();
    const message =
        `the digest has been in ${soak.environment} for ${(Math.floor(hours * 10) / 10).toString()} h; ` +
        `expected ${soak.hours} h: wait ${left} h more, or --break-glass "why"`;
    return { message, waits: `${soak.hours} h in ${soak.environment}, until ${until}` };
}

/** Since when the environment of the soak time has had a digest, by its stack's own outputs: `undefined` where they do not have it. */
function deployedSince(
    runtime: string,
    { soakDeployed }: EnvironmentState,
): (digest: string, promotedAt: string) => string | undefined {
    const proven = soakDeployed?.proof.get(runtime)?.proven;
    const image = soakDeployed?.images.get(runtime)?.image;
    return (digest, promotedAt) => {
        if (image?.digest === digest) {
            return proven?.image.digest === digest ? (proven.provenAt ?? promotedAt) : promotedAt;
        }
        return proven?.earlier.includes(digest) === true ? promotedAt : undefined;
    };
}
