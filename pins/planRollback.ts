import { quoteValue } from "../lib/text/quoteValue";
import { releaseOf } from "../images/pinHistory";
import type { Pin } from "../platform/platformConfig";
import type { PinRecord } from "../platform/pinRecord";
import { mayMove } from "./mayMove";
import { findNewerDeployed, findOthersMoved } from "./planPromotion";
import type { ReadyEnvironment } from "./prepareEnvironment";
import type { Problem } from "./problem";
import {
    type AskedMove,
    type EnvironmentPlan,
    type RuntimePlan,
    isMoved,
    movesOf,
    restOf,
} from "./promotion";
import { rolledBackFrom } from "./soakTime";
import type { Vetoes } from "../config/vetoes";
import { type ImageReference, formatImageReference } from "../images/imageReference";

/** Decides what a rollback does about each runtime, and what forbids it. */
export function planRollback(
    { only, to, breakGlass }: Pick<RollbackRequest, "only" | "to" | "breakGlass">,
    state: Pick<ReadyEnvironment, "environment" | "deployed" | "off">,
    vetoes: Vetoes,
    now: Date,
): EnvironmentPlan {
    const problems: Problem[] = [];
    const { environment } = state;
    const pins = environment.config.runtimes;
    const runtimes = (only ?? [...pins.keys()]).flatMap((runtime): RuntimePlan[] => {
        const pin = pins.get(runtime);
        if (pin?.image === undefined) {
            const message =
                pin === undefined
                    ? `there is no such runtime; expected one of ${[...pins.keys()].join(", ")}`
                    : "its pin follows a live Deployment; expected an image: roll that Deployment back";
            problems.push({ check: "config", runtime, message });
            return [];
        }
        const current = { ...pin, image: pin.image };
        const rest = restOf(state, runtime);
        const isHeld = current.hold !== undefined && current.hold.released === undefined;
        // A rollback that was interrupted is finished, not followed by one that goes back further.
        const isUnfinished = rest === "deploy" || rest === "announce";
        if (to === undefined ? isHeld && isUnfinished : matches(current, to)) {
            return [{ runtime, current, action: rest === "deploy" ? "roll-back" : rest, target: current }];
        }
        const record = chooseRecord(current, to, vetoes, breakGlass !== undefined);
        if (typeof record === "string") {
            problems.push({ check: "evidence", runtime, message: record });
            return [];
        }
        return [{ runtime, current, action: "roll-back", target: record }];
    });
    const moves = movesOf(runtimes);
    const others = findOthersMoved(state, moves, "roll that one back too");
    // What is finished only is pinned here already, and goes back on purpose.
    const moved = runtimes.filter(isMoved).map(({ runtime }) => runtime);
    const newer = breakGlass === undefined ? findNewerDeployed(() => [], state) : [];
    const unknownHere = newer.filter(({ runtime = "" }) => moved.includes(runtime));
    return {
        runtimes,
        problems: [...problems, ...unknownHere, ...others, ...mayMove(moves, { environment, vetoes, now })],
    };
}

/**
 * The pin to go back to, or why there is none. By itself a rollback takes what passed its checks and was never rolled back from;
 * somebody who names a pin answers for it, and what ran here is evidence enough then.
 */
function chooseRecord(
    current: Pin & { readonly image: ImageReference },
    to: string | undefined,
    vetoes: Vetoes,
    breakGlass: boolean,
): PinRecord | string {
    const now = current.image.digest;
    const others = (current.history ?? []).filter(({ image }) => image.digest !== now);
    const bad = rolledBackFrom(current);
    const named = others.filter((record) =>
        to === undefined
            ? !bad.has(record.image.digest ?? "") && !isLater(record.publishedAt, current.publishedAt)
            : matches(record, to),
    );
    const free = named.filter(({ image }) => !vetoes.byDigest.has(image.digest ?? ""));
    const found = free.find(({ evidence = [] }) => {
        const results = evidence.map(({ result }) => result);
        return (
            breakGlass || (!results.includes("failed") && (to !== undefined || results.includes("passed")))
        );
    });
    if (found !== undefined) {
        return found;
    }
    const releases = others.map((record) => `"${releaseOf(record)}"`).join(", ");
    const history = others.length === 0 ? "its history is empty" : `its history has ${releases}`;
    if (to !== undefined && named.length === 0) {
        return `no earlier pin is ${quoteValue(to)}: ${history}`;
    }
    if (named.length > 0 && free.length === 0) {
        return `no earlier pin is free of a veto, which nothing passes over: ${history}; promote a fixed release`;
    }
    const [first] = free;
    const way =
        first === undefined || to !== undefined
            ? 'name another one with --to, or --break-glass "why"'
            : `name one that ran here, --to ${quoteValue(releaseOf(first))}, or --break-glass "why"`;
    return named.length === 0
        ? `no earlier pin was not rolled back from, nor published later: ${history}; name one with --to, or promote a fixed release`
        : `no earlier pin has evidence that it passed its checks: ${history}; ${way}`;
}

/** Whether a pin of the history was published after the present one: no rollback goes forward. */
function isLater(then = "", now = ""): boolean {
    return Date.parse(then) > Date.parse(now);
}

function matches(record: Pin | PinRecord, to: string): boolean {
    const { image } = record;
    return (
        image !== undefined &&
        (image.digest === to || formatImageReference(image) === to || releaseOf({ ...record, image }) === to)
    );
}

/** What is to be rolled back, in which environments. Broken glass passes evidence, registry and token, never a veto. */
export interface RollbackRequest extends AskedMove {
    /** A release or digest of the history; the newest that passed its checks when left out. */
    readonly to?: string;
    readonly reason: string;
}
