import assert from "node:assert/strict";
import { makeChains } from "../../../../rings/chain";
import { MendableError } from "../../../../lib/text/mendableError";
import { type Board, emptyBoard, outcomeOf } from "../../../../rings/rollout/board";
import { describeProgress, formatBoard } from "../../../../rings/rollout/describe";
import type { StackJudgement } from "../../../../rings/rollout/judgeStack";
import { type RingWorld, type RolloutRules, rollOut } from "../../../../rings/rollout/rollOut";
import type { StackOutcome } from "../../../../rings/rollout/updateStack";

const [CHAIN] = makeChains([
    { stack: "a", referenceStacks: ["organization/platform/prod"] },
    { stack: "b", referenceStacks: ["organization/platform/prod"] },
    { stack: "c", referenceStacks: ["a", "b"] },
]);
const UPDATED: StackOutcome = { kind: "updated", checkpoints: false, outdated: false };

function judged(kind: StackJudgement["kind"], more: Partial<StackJudgement> = {}): StackJudgement {
    const move = { org: "acme", agent: "main", runtime: "code", from: "v1", to: "v2" };
    return {
        ...{ kind, why: [], comes: [], goes: [], runtimes: [{ runtime: "code", pin: "v2" }] },
        moves: kind === "behind" ? [move] : [],
        ...more,
    };
}

/** Answers of a stack, one after the other; the last one stays. */
class Fleet {
    public readonly done: string[] = [];
    public now = Date.parse("2026-07-01T12:00:00Z");
    public readonly boards: Board[] = [];

    public constructor(
        private readonly answers: Record<string, (StackJudgement | Error)[]>,
        private readonly outcomes: Record<string, StackOutcome | Error> = {},
    ) {}

    public readonly world: RingWorld = {
        now: () => new Date(this.now),
        judge: (stack) => {
            const all = this.answers[stack] ?? [];
            const answer = (all.length > 1 ? all.shift() : all[0]) ?? judged("proven");
            return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
        },
        update: (stack, onlyChanges, step) => {
            step("previewing");
            step("updating");
            this.done.push(onlyChanges ? `${stack}?` : stack);
            const outcome = this.outcomes[stack] ?? UPDATED;
            return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
        },
    };

    public async roll(rules: Partial<RolloutRules> = {}) {
        assert.ok(CHAIN !== undefined);
        const board = await rollOut(CHAIN, emptyBoard(CHAIN), this.world, {
            ...{ parallel: 1, keepGoing: false, everything: false, wait: 0 },
            signal: new AbortController().signal,
            show: (each) => this.boards.push(each),
            ...rules,
        });
        const states = Object.fromEntries(board.rings.flat().map(({ stack, state }) => [stack, state]));
        return { board, states, outcome: outcomeOf(board) };
    }
}
const behind = () => [judged("behind"), judged("proven")];

describe("a rollout", () => {
    it("updates ring after ring, passes over who is proven, and says where it is", async () => {
        const fleet = new Fleet({ a: behind(), b: [judged("proven")], c: behind() });
        const { states, outcome, board } = await fleet.roll();
        assert.deepEqual(fleet.done, ["a", "c"]);
        assert.deepEqual([states, outcome], [{ a: "proven", b: "proven", c: "proven" }, "proven"]);
        const lines = fleet.boards.map(describeProgress);
        assert.ok(lines.includes("ring 1 of 2 · 0 of 3 proven · 1 updating (a) · 2 left"), lines.join("\n"));
        assert.ok(lines.includes("ring 2 of 2 · 2 of 3 proven · 1 previewing (c)"), lines.join("\n"));
        assert.match(formatBoard(board), /^1 +a +proven .*updated, state written once\n1 +b +proven\n2 +c/m);
    });

    it("does not begin a ring before every stack of the one before is proven, and says for whom it waits", async () => {
        const lagging = judged("soaking", {
            until: "2026-07-01T13:00:00.000Z",
            why: ["code: its soak is not over"],
        });
        const fleet = new Fleet({ a: behind(), b: [judged("behind"), lagging], c: behind() });
        const { board, states, outcome } = await fleet.roll();
        assert.deepEqual(fleet.done, ["a", "b"]);
        assert.deepEqual([states, outcome], [{ a: "proven", b: "soaking", c: "left" }, "waiting"]);
        assert.match(
            formatBoard(board),
            /b +soaking .*until 2026-07-01T13:00:00Z\n.*its soak is not over\n.*c +left\n +waits for b \(soaking\)/,
        );
        assert.match(
            describeProgress(board),
            /^ring 1 of 2 · 1 of 3 proven · 1 soaking until 2026-07-01T13:00:00Z \(b\) · 1 left$/,
        );
        // Run again while it soaks, it changes nothing; run again after it, it goes on.
        const again = new Fleet({ a: [judged("proven")], b: [lagging], c: behind() });
        assert.deepEqual([(await again.roll()).outcome, again.done], ["waiting", []]);
        const later = new Fleet({
            b: [judged("due", { until: lagging.until }), judged("proven")],
            c: behind(),
        });
        assert.deepEqual([(await later.roll()).outcome, later.done], ["proven", ["b", "c"]]);
    });

    it("waits for a soak where it is told to, and for no longer", async () => {
        const until = new Date(Date.now() + 100).toISOString();
        const soaking = judged("soaking", { until });
        const answers = () => ({ a: [soaking, judged("due", { until }), judged("proven")], c: behind() });
        const fleet = new Fleet(answers());
        fleet.now = Date.now();
        assert.deepEqual([(await fleet.roll({ wait: 60_000 })).outcome, fleet.done], ["proven", ["a", "c"]]);
        const hasty = new Fleet(answers());
        hasty.now = Date.now() - 10_000;
        assert.deepEqual([(await hasty.roll({ wait: 5_000 })).outcome, hasty.done], ["waiting", []]);
    });

    it("begins nobody else in a ring once an update has failed, unless it is told to; a refusal stops nobody beside it", async () => {
        const failed: StackOutcome = { kind: "failed", why: ["acme/main: CrashLoopBackOff"] };
        const answers = () => ({ a: behind(), b: behind(), c: behind() });
        const fleet = new Fleet(answers(), { a: failed });
        const { board, states, outcome } = await fleet.roll();
        assert.deepEqual([states, outcome], [{ a: "failed", b: "left", c: "left" }, "failed"]);
        assert.match(describeProgress(board), /2 left · 1 failed \(a\)$/);
        assert.match(formatBoard(board), /acme\/main: CrashLoopBackOff/);
        const going = new Fleet(answers(), { a: failed });
        assert.deepEqual((await going.roll({ keepGoing: true })).states, {
            a: "failed",
            b: "proven",
            c: "left",
        });
        const refused = new Fleet(answers(), { a: { kind: "refused", why: ["over budget"] } });
        assert.deepEqual((await refused.roll()).states, { a: "refused", b: "proven", c: "left" });
        const unread = new Fleet({ ...answers(), a: [new MendableError("no such stack")] });
        assert.deepEqual((await unread.roll()).states, { a: "failed", b: "proven", c: "left" });
    });

    it("holds still for who is held or does not prove it, and names what an update has not reached", async () => {
        const fleet = new Fleet({
            a: [judged("held", { why: ["paused until …"] })],
            b: behind(),
            c: behind(),
        });
        const { states, outcome } = await fleet.roll();
        assert.deepEqual(
            [states, outcome, fleet.done],
            [{ a: "held", b: "proven", c: "left" }, "waiting", ["b"]],
        );
        const stuck = new Fleet({
            a: [judged("behind")],
            b: [judged("unproven", { why: ["acme/main: 1 of 2 pods"] })],
        });
        const { board, outcome: end } = await stuck.roll();
        assert.deepEqual([stuck.done, end], [["a", "b"], "failed"]);
        assert.match(formatBoard(board), /not as its files and its references say: acme\/main/);
        assert.match(formatBoard(board), /acme\/main: 1 of 2 pods/);
    });

    it("updates a stack again whose orgs came or went while it was updated, and goes on to the next ring", async () => {
        const newcomer = judged("behind", { moves: [], comes: ["globex"] });
        const answers = (times: number) => ({
            a: [...Array.from({ length: times + 1 }, () => newcomer), judged("proven")],
            c: behind(),
        });
        const outdated = { a: { kind: "updated", checkpoints: true, outdated: true } } as const;
        const fleet = new Fleet(answers(1), outdated);
        const { board, outcome } = await fleet.roll();
        assert.deepEqual([outcome, fleet.done], ["proven", ["a", "a", "c"]]);
        assert.equal(board.rings[0]?.[0]?.checkpoints, true);
        // Not for ever, and not where an update has not done what its files said from the start.
        const restless = new Fleet(answers(10), outdated);
        assert.deepEqual([(await restless.roll()).outcome, restless.done.length], ["failed", 5]);
        const stuck = new Fleet(answers(1));
        assert.deepEqual([(await stuck.roll()).outcome, stuck.done], ["failed", ["a"]]);
    });

    it("previews who is proven too for what is no image, and updates only where something changes", async () => {
        const fleet = new Fleet({}, { b: { kind: "unchanged" } });
        const { board, outcome } = await fleet.roll({ everything: true });
        assert.deepEqual([fleet.done, outcome], [["a?", "b?", "c?"], "proven"]);
        assert.deepEqual(
            board.rings.flat().map(({ updated }) => updated),
            [true, false, true],
        );
    });

    it("updates as many side by side as it is told, and begins nothing more once it is interrupted", async () => {
        const stopping = new AbortController();
        const fleet = new Fleet({ a: behind(), b: behind(), c: behind() });
        let running = 0;
        let most = 0;
        const { update } = fleet.world;
        const world: RingWorld = {
            ...fleet.world,
            update: async (...args) => {
                most = Math.max(most, ++running);
                await new Promise((resolve) => setTimeout(resolve, 10));
                running--;
                return update(...args);
            },
        };
        assert.ok(CHAIN !== undefined);
        const rules = { keepGoing: false, everything: false, wait: 0, signal: stopping.signal };
        const board = await rollOut(CHAIN, emptyBoard(CHAIN), world, {
            ...rules,
            parallel: 2,
            show: ({ rings }) => {
                if (rings.flat().some(({ state }) => state === "updating")) {
                    stopping.abort(new MendableError("interrupted by SIGINT"));
                }
            },
        });
        assert.equal(most, 2);
        assert.deepEqual(
            board.rings.flat().map(({ state }) => state),
            ["proven", "proven", "left"],
        );
    });
});
