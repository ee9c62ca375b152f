import { formatColumns, wrap } from "../../lib/text/columns";
import type { Board, StackProgress, StackState } from "./board";
import type { Foreseen } from "./foresee";
import type { AgentMove, StackJudgement } from "./judgeStack";

const WIDTH = 100;

/** What a rollout is about to change, before it begins: a row for each stack. */
export function formatPlan({ board: { origin, rings }, pins, notes }: Foreseen, parallel: number): string {
    const stacks = rings.flat();
    const releases = [...pins].map(([runtime, { release, image }]) => [
        `  ${runtime}`,
        release,
        image.digest.replace(/^sha256:/, "").slice(0, 8),
    ]);
    const rows = stacks.map(({ ring, stack, plan, why }) => [
        String(ring),
        stack,
        plan === undefined ? `cannot be told: ${why.join("; ")}` : describePlan(plan),
    ]);
    const first = `From ${origin} to ${count(stacks.length, "stack")} in ${count(rings.length, "ring")}, at most ${parallel} at a time:`;
    return [
        first,
        ...formatColumns(releases, WIDTH),
        ...notes.flatMap((note) => wrap(note, WIDTH, "  ", "  ")),
        "",
        ...formatColumns([["RING", "STACK", "WOULD CHANGE"], ...rows], Infinity),
    ].join("\n");
}

/** What an update of one stack would change, in half a line. */
function describePlan({ kind, moves, comes, goes, why }: StackJudgement): string {
    if (kind === "refused" || kind === "held") {
        return `${kind}: ${why.join("; ")}`;
    }
    // A new org has nothing that it comes from.
    const known = moves.filter(({ org }) => !comes.includes(org));
    const groups = [...Map.groupBy(known, describeMove)].map(
        ([move, same]) =>
            `${move}: ${count(same.length, "agent")} of ${count(new Set(same.map(({ org }) => org)).size, "org")}`,
    );
    const orgs = [...comes.map((org) => `new org ${org}`), ...goes.map((org) => `org ${org} leaves`)];
    const parts = [...groups, ...orgs];
    return parts.length > 0 ? parts.join("; ") : kind === "proven" ? "nothing, it is proven" : "no image";
}

function describeMove({ runtime, from, to }: AgentMove): string {
    return `${runtime} ${from ?? "?"} → ${to ?? "an override"}`;
}

const BUSY: readonly StackState[] = ["looking", "previewing", "updating"];

/** Where a rollout is, on one line: the ring, who is done, in work, left and failed, and until when is waited. */
export function describeProgress({ rings }: Board): string {
    const ring =
        rings.find((stacks) => stacks.some(({ state }) => BUSY.includes(state))) ??
        rings.findLast((stacks) => stacks.some(({ state }) => state !== "left")) ??
        rings[0] ??
        [];
    const all = rings.flat();
    const named = (states: readonly StackState[], from = all) =>
        from.filter(({ state }) => states.includes(state));
    const list = (text: string, stacks: readonly StackProgress[], show = true) =>
        stacks.length === 0
            ? []
            : [`${stacks.length} ${text}${show ? ` (${names(stacks.map(({ stack }) => stack))})` : ""}`];
    const soaking = named(["soaking"]);
    const until = soaking
        .map(({ until: time = "" }) => time)
        .sort()
        .at(-1);
    return [
        `ring ${ring[0]?.ring ?? 1} of ${rings.length}`,
        `${named(["proven"]).length} of ${all.length} proven`,
        ...BUSY.flatMap((state) => list(state, named([state]))),
        ...list(`soaking until ${shortTime(until)}`, soaking),
        ...list("held", named(["held"])),
        ...list("left", named(["left"]), false),
        ...list("not proven", named(["unproven"])),
        ...list("failed", named(["failed", "refused"])),
    ].join(" · ");
}

/** The board for a terminal: a row for each stack, and below it what is missing or went wrong. */
export function formatBoard({ rings }: Board): string {
    const stacks = rings.flat();
    const rows = stacks.map(({ ring, stack, state, until, updated, checkpoints, plan }) => [
        String(ring),
        stack,
        state,
        describeReleases(plan),
        state === "soaking"
            ? `until ${shortTime(until)}`
            : updated
              ? `updated${checkpoints === false ? ", state written once" : ""}`
              : "",
    ]);
    const [header = "", ...lines] = formatColumns([["RING", "STACK", "", "PROVEN", ""], ...rows], WIDTH);
    return [
        header,
        ...lines.flatMap((line, index) => {
            const one = stacks[index];
            return [line, ...(one === undefined ? [] : whyOf(one, rings).flatMap(indent))];
        }),
    ].join("\n");
}

function indent(sentence: string): string[] {
    return sentence.split("\n").flatMap((line) => wrap(line, WIDTH, "    ", "    "));
}

/** What is to be said of a stack: what is missing, or for whom it waits. */
export function whyOf({ state, why, reads }: StackProgress, rings: Board["rings"]): readonly string[] {
    if (state !== "left" || why.length > 0) {
        return why;
    }
    const waits = rings
        .flat()
        .filter((each) => reads.includes(each.stack) && each.state !== "proven")
        .map(({ stack, state: its }) => `${stack} (${its})`);
    return waits.length > 0 ? [`waits for ${names(waits)}`] : [];
}

function describeReleases(plan: StackJudgement | undefined): string {
    const releases = (plan?.runtimes ?? []).flatMap(({ proven }) => proven ?? []);
    return [...new Set(releases)].join(", ");
}

function names(all: readonly string[]): string {
    return `${all.slice(0, 5).join(", ")}${all.length > 5 ? ` and ${all.length - 5} more` : ""}`;
}

function count(number: number, what: string): string {
    return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function shortTime(time: string | undefined): string {
    return time?.replace(/\.\d+Z$/, "Z") ?? "?";
}
