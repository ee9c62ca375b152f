import { formatImageReference } from "../images/imageReference";
import { sameImage } from "../images/sameImage";
import { quoteValue } from "../lib/text/quoteValue";
import { releaseOf } from "../images/pinHistory";
import type { Pin } from "../platform/platformConfig";
import { describeQueued } from "../platform/queued";
import { RELEASE_CHECKS } from "./checkRelease";
import { environmentFile } from "./environment";
import { type Move, asks, mayMove } from "./mayMove";
import type { Problem } from "./problem";
import {
    type EnvironmentPlan,
    type EnvironmentState,
    type PromotionRequest,
    type RuntimePlan,
    movesOf,
    restOf,
} from "./promotion";
import { publishedAt, publishedPin } from "./release/release";

/** Decides, from what is known and without asking anybody, what a release does in an environment and what forbids it. */
export function planPromotion(request: PromotionRequest, state: EnvironmentState): EnvironmentPlan {
    const problems = [
        ...findUncovered(request, state),
        ...findNewerDeployed((runtime) => [request.release.runtimes.get(runtime)?.digest], state),
        ...findNewerQueued(request, state),
    ];
    const runtimes = planRuntimes(request, state, problems);
    const moves = movesOf(runtimes);
    for (const plan of runtimes) {
        for (const { check, find } of RELEASE_CHECKS) {
            const asked = moves.some(({ runtime, act }) => runtime === plan.runtime && asks(act, check));
            const found = asked ? find(plan, request, state) : undefined;
            if (found !== undefined) {
                const known = typeof found === "string" ? { message: found } : found;
                problems.push({ check, runtime: plan.runtime, ...known });
            }
        }
    }
    const others = findOthersMoved(
        state,
        moves,
        request.only === undefined ? "promote it too" : "name it with --runtime too",
    ).filter(
        ({ runtime }) => !problems.some((known) => known.check === "deployed" && known.runtime === runtime),
    );
    problems.push(
        ...others,
        ...mayMove(moves, { ...state, now: request.now, breakGlass: request.breakGlass }),
    );
    return { runtimes, problems };
}

function planRuntimes(
    { release, named, only, announceAgain }: PromotionRequest,
    state: EnvironmentState,
    problems: Problem[],
): RuntimePlan[] {
    const { environment } = state;
    const { runtimes: pins, promotion } = environment.config;
    return [...new Set([...pins.keys(), ...named])].sort().flatMap((runtime): RuntimePlan[] => {
        const current = pins.get(runtime);
        const target = publishedPin(release, runtime);
        if (only?.includes(runtime) === false || !named.includes(runtime)) {
            return current === undefined
                ? []
                : [{ runtime, action: "left-behind", current, target: undefined }];
        }
        if (target === undefined) {
            return []; // Its entry is unusable, and is reported as such.
        }
        if (current?.fromDeployment !== undefined) {
            const { namespace, deployment } = current.fromDeployment;
            const message =
                `its pin follows the live Deployment "${namespace}/${deployment}"; expected an image. ` +
                `Replace "fromDeployment" in ${environmentFile(environment.name)}, or roll that Deployment`;
            problems.push({ check: "config", runtime, message });
        }
        if (current === undefined && !promotion.repositories.has(runtime)) {
            const message =
                `the environment has no such runtime; expected one of ${[...pins.keys()].join(", ")}. ` +
                `To start it here, list its repositories under platform:promotion.repositories in ${environmentFile(environment.name)}`;
            problems.push({ check: "config", runtime, message });
        }
        const isPinned = current?.image?.digest === target.image.digest;
        const action = isPinned ? restOf(state, runtime, announceAgain) : "promote";
        return [{ runtime, action, current, target }];
    });
}

/** A release that does not cover a runtime is how a pin is forgotten; leaving one out must be somebody's decision. */
function findUncovered(request: PromotionRequest, { environment }: EnvironmentState): Problem[] {
    const { release, named, only, partial } = request;
    const wanted = only ?? (partial === undefined ? [...environment.config.runtimes.keys()] : []);
    const message =
        only === undefined
            ? `the release "${release.release}" does not cover it, so its pin would stay behind; expected it in the release ` +
              '("fleet release add"), or --partial "why not"'
            : `the release "${release.release}" has no such runtime; expected one of ${named.join(", ")}`;
    return wanted
        .filter((runtime) => !named.includes(runtime))
        .map((runtime) => ({ check: "coverage", runtime, message }));
}

/**
 * An `up` from an old checkout would bring old pins back, also those of runtimes that this promotion leaves alone; a rollback from one
 * would hold the wrong image.
 *
 * @param expected a runtime's digests that the checkout knows of besides its pins
 */
export function findNewerDeployed(
    expected: (runtime: string) => readonly (string | undefined)[],
    { environment, deployed }: Pick<EnvironmentState, "environment" | "deployed">,
): Problem[] {
    return [...(deployed?.pins ?? [])].flatMap(([runtime, live]): Problem[] => {
        const pin = environment.config.runtimes.get(runtime);
        if (pin?.fromDeployment !== undefined) {
            return [];
        }
        // Deployed, but not written down here: an interrupted promotion of this very release finishes what it began.
        const known = [pin?.image?.digest, ...expected(runtime)];
        const newer =
            pin?.promotedAt === undefined ||
            (live.promotedAt !== undefined && Date.parse(live.promotedAt) > Date.parse(pin.promotedAt));
        if (known.includes(live.image.digest) || live.promotedAt === undefined || !newer) {
            return [];
        }
        const message =
            `the stack has deployed ${quoteValue(formatImageReference(live.image), 300)} (${live.release}, promoted ${live.promotedAt}), ` +
            `which is newer than ${pin === undefined ? "no pin" : describePin(pin)} in ${environmentFile(environment.name)}; ` +
            'expected the checkout that deployed it: "git pull" first';
        return [{ check: "deployed", runtime, message }];
    });
}

/** Of two releases that are queued, the newer one stays. */
function findNewerQueued(
    { release, whenAllowed }: PromotionRequest,
    { environment }: EnvironmentState,
): Problem[] {
    const { queue } = environment.config;
    if (
        whenAllowed !== true ||
        queue === undefined ||
        queue.release === release.release ||
        publishedAt(release) >= Date.parse(queue.publishedAt)
    ) {
        return [];
    }
    const message = `"${queue.release}" is ${describeQueued(queue)}, and was published later (${queue.publishedAt}); expected a newer release`;
    return [{ check: "order", message }];
}

/**
 * The runtimes that the update would deploy though nobody asked for it: an update deploys every pin of the file, also one that was
 * written by hand and that no check has seen.
 */
export function findOthersMoved(
    { environment, deployed }: Pick<EnvironmentState, "environment" | "deployed">,
    moves: readonly Move[],
    instead: string,
): readonly Problem[] {
    const deploying = moves.filter(({ act }) => act !== "announce");
    if (deployed === undefined || deploying.length === 0) {
        return [];
    }
    return [...environment.config.runtimes].flatMap(([runtime, { image }]): Problem[] => {
        const live = deployed.pins.get(runtime);
        if (
            image === undefined ||
            deploying.some((move) => move.runtime === runtime) ||
            (live !== undefined && sameImage(image, live.image))
        ) {
            return [];
        }
        const has = live === undefined ? "nothing of it" : `"${formatImageReference(live.image)}"`;
        const message =
            `its pin in ${environmentFile(environment.name)} is "${formatImageReference(image)}", and the stack has deployed ${has}: ` +
            `this update would deploy that pin, which nobody has checked; expected the pin that is deployed, or ${instead}`;
        return [{ check: "others", runtime, message }];
    });
}

/** A pin in few words: `v0.3.43, promoted 2026-06-21T10:19:30Z`. */
function describePin(pin: Pin): string {
    const { image, release } = pin;
    const name =
        image === undefined ? (release ?? "a live Deployment's image") : releaseOf({ image, release });
    return pin.promotedAt === undefined ? name : `${name}, promoted ${pin.promotedAt}`;
}
