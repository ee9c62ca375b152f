import { quoteValue } from "../lib/text/quoteValue";
import { releaseOf } from "../platform/pinHistory";
import type { Pin } from "../platform/platformConfig";
import type { PinRecord } from "../platform/pinRecord";
import type { ReadyEnvironment } from "./prepareEnvironment";
import type { Problem } from "./problem";
import type { Vetoes } from "../config/vetoes";
import { type ImageReference, formatImageReference } from "../images/imageReference";

/** What a rollback does about one runtime: pins it back, finishes an interrupted rollback, or nothing. */
export interface RuntimeRollback {
    readonly runtime: string;
    readonly current: Pin & { readonly image: ImageReference };
    readonly action: "move" | "deploy" | "already-current";
    readonly to: PinRecord;
}

/** Decides what a rollback does about each runtime; whatever forbids it is added to `problems`. */
export function planRollback(
    { only, to }: Pick<RollbackOptions, "only" | "to">,
    { environment, deployed }: ReadyEnvironment,
    vetoes: Vetoes,
    problems: Problem[],
): RuntimeRollback[] {
    const pins = environment.config.runtimes;
    return (only ?? [...pins.keys()]).flatMap((runtime): RuntimeRollback[] => {
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
        const live = deployed?.get(runtime)?.image.digest;
        const { hold } = current;
        const unfinished =
            (live !== undefined && live !== current.image.digest) ||
            (environment.config.promotion.controlPlane !== undefined && current.announcedAt === undefined);
        // A rollback that was interrupted is finished, not followed by one that goes back further.
        if (hold !== undefined && hold.released === undefined && unfinished && to === undefined) {
            return [{ runtime, current, action: "deploy", to: current }];
        }
        if (to !== undefined && matches(current, to)) {
            return [{ runtime, current, action: unfinished ? "deploy" : "already-current", to: current }];
        }
        const record = chooseRecord(current, to, vetoes);
        if (typeof record === "string") {
            problems.push({ check: "evidence", runtime, message: record });
            return [];
        }
        return [{ runtime, current, action: "move", to: record }];
    });
}

/** The pin to go back to, or why there is none. */
function chooseRecord(
    current: Pin & { readonly image: ImageReference },
    to: string | undefined,
    vetoes: Vetoes,
): PinRecord | string {
    const now = current.image.digest;
    const others = (current.history ?? []).filter(({ image }) => image.digest !== now);
    const bad = rolledBackFrom(current);
    const named = others.filter((record) =>
        to === undefined
            ? !bad.has(record.image.digest ?? "") && !isNewer(record, current)
            : matches(record, to),
    );
    const vetoed = (record: PinRecord) => vetoes.byDigest.has(record.image.digest ?? "");
    const passed = ({ evidence }: PinRecord) =>
        evidence !== undefined && evidence.length > 0 && evidence.every(({ result }) => result === "passed");
    const found = named.find((record) => passed(record) && !vetoed(record));
    if (found !== undefined) {
        return found;
    }
    const releases = others.map((record) => `"${record.release ?? releaseOf(record.image)}"`).join(", ");
    const history = others.length === 0 ? "its history is empty" : `its history has ${releases}`;
    if (to !== undefined && named.length === 0) {
        return `no earlier pin is ${quoteValue(to)}: ${history}`;
    }
    const why = named.some(vetoed)
        ? "is free of a veto and has evidence that it passed its checks"
        : "has evidence that it passed its checks";
    return `no earlier pin ${why}: ${history}; narrow the rollback with --runtime, or promote a fixed release`;
}

/** The digests that a rollback which still stands has left: a second one must not bring the first one's back. */
function rolledBackFrom(current: Pin): ReadonlySet<string> {
    const records = [current, ...(current.history ?? [])];
    const left = records.flatMap(({ hold }, index) =>
        hold === undefined || hold.released !== undefined ? [] : [hold.badImage, records[index + 1]?.image],
    );
    return new Set(left.flatMap((image) => image?.digest ?? []));
}

/** Whether a pin of the history was published after the present one: no rollback goes forward. */
function isNewer(record: PinRecord, current: Pin): boolean {
    const [then, now] = [record.publishedAt, current.publishedAt];
    return then !== undefined && now !== undefined && Date.parse(then) > Date.parse(now);
}

function matches(record: Pin | PinRecord, to: string): boolean {
    const { image } = record;
    return (
        image !== undefined &&
        (image.digest === to ||
            formatImageReference(image) === to ||
            (record.release ?? releaseOf(image)) === to)
    );
}

/** What `fleet rollback` was asked to do. */
export interface RollbackOptions {
    readonly environments: readonly string[];
    /** Roll back these runtimes only. */
    readonly only: readonly string[] | undefined;
    /** A release or digest of the history; the newest that passed its checks when left out. */
    readonly to: string | undefined;
    readonly reason: string;
    readonly by: string;
}
