import * as path from "node:path";
import { durationSchema } from "../../config/duration";
import { findEngine } from "../../engine/findEngine";
import { type RuntimeImages, formatRuntimeImages } from "../../images/runtimeImages";
import type { CommandIo } from "../../lib/system/commandIo";
import { type Interruption, unlessAborted } from "../../lib/system/interruption";
import { whoami } from "../../lib/system/whoami";
import { writeWhole } from "../../lib/system/writeWhole";
import { EXIT_CODES, MendableError } from "../../lib/text/mendableError";
import { printable, printableLine } from "../../lib/text/printable";
import { quoteValue } from "../../lib/text/quoteValue";
import type { Chain } from "../chain";
import { type Board, type Outcome, outcomeOf } from "./board";
import { describeProgress, formatBoard, formatPlan } from "./describe";
import { type Foreseen, foresee } from "./foresee";
import { formatPage } from "./page";
import { readPlan } from "./readPlan";
import { rollOut } from "./rollOut";
import { selectChain } from "./selectChain";
import { StackJudge } from "./stackJudge";
import { updateStack } from "./updateStack";

/** The options of `fleet rollout`. */
export interface RolloutOptions {
    readonly project: string;
    readonly names: readonly string[];
    readonly to?: string;
    readonly parallel: number;
    readonly keepGoing?: true;
    readonly everything?: true;
    /** `2h` */
    readonly wait: string;
    readonly policyPackConfig?: string;
    readonly dryRun?: true;
    readonly verbose?: true;
    readonly html?: string;
    readonly json?: true;
}

const OUTCOME_CODES: Readonly<Record<Outcome, number>> = {
    proven: EXIT_CODES.done,
    waiting: EXIT_CODES.waits,
    failed: EXIT_CODES.notAsItShouldBe,
};

/**
 * Runs `fleet rollout`: brings what the platform has proven through the rings that read it, each when the one before has proven it.
 *
 * @returns the exit code: 0 every stack has proven it, 3 nothing is wrong and only time or the end of a pause is missing, 1 something is
 *   wrong, 130 or 143 where it was interrupted
 * @throws MendableError where nothing could be begun
 */
export async function runRollout(options: RolloutOptions, io: CommandIo): Promise<number> {
    const { project, names, to } = options;
    readWait(options.wait);
    const chains = readPlan(project);
    const chain = selectChain(chains, names, to);
    const engine = await findEngine();
    if (!engine.ok) {
        throw new MendableError(
            `${engine.reason}; expected the one of "npm ci", and a network to download it once`,
        );
    }
    const stopping = io.interruption((signal) => {
        io.err(
            `${signal}: what was begun is finished, and nothing more is begun; once more asks the engine to stop`,
        );
    }, 3);
    try {
        const whole = chains.find(({ origin }) => origin === chain.origin) ?? chain;
        const judge = new StackJudge(project, whole, io.now);
        const seen = await unlessAborted(foresee(chain, judge, options.parallel), stopping.signal);
        io.err(printable(`${formatPlan(seen, options.parallel)}\n`));
        const dry = options.dryRun === true;
        const board = dry ? seen.board : await roll(chain, seen, judge, options, io, stopping);
        writePage(board, seen, options, io);
        const code = stopping.exitCode() ?? (dry ? foreseenCode(board) : OUTCOME_CODES[outcomeOf(board)]);
        const value = describeValue(board, seen, dry, code);
        io.out(
            options.json === true
                ? JSON.stringify(value, undefined, 2)
                : dry
                  ? ""
                  : printable(formatBoard(board)),
        );
        return code;
    } finally {
        stopping.end();
    }
}

/** Milliseconds. */
function readWait(text: string): number {
    const read = durationSchema.safeParse(text);
    if (!read.success) {
        throw new MendableError(
            `--wait ${quoteValue(text)}: ${read.error.issues[0]?.message ?? "no length of time"}`,
        );
    }
    return read.data;
}

async function roll(
    chain: Chain,
    seen: Foreseen,
    judge: StackJudge,
    options: RolloutOptions,
    io: CommandIo,
    interrupted: Interruption,
): Promise<Board> {
    const { project, parallel, keepGoing, everything, wait, policyPackConfig } = options;
    const message = `fleet rollout by ${await whoami(undefined)}`;
    let told = "";
    const show = (board: Board) => {
        const line = describeProgress(board);
        if (line !== told) {
            told = line;
            io.err(printableLine(line));
            writePage(board, seen, options, io);
        }
    };
    const quiet = { ...io, pass: options.verbose === true ? io.pass : () => undefined };
    const packConfig = policyPackConfig && path.resolve(project, policyPackConfig);
    return rollOut(
        chain,
        seen.board,
        {
            now: io.now,
            judge: (stack) => judge.judge(stack),
            update: (stack, onlyChanges, step) =>
                updateStack({
                    ...{ project, stack, packConfig, interrupted, message, onlyChanges, step },
                    reading: judge.readingOf(stack),
                    io: quiet,
                }),
        },
        {
            ...{ parallel, show, signal: interrupted.signal },
            wait: readWait(wait),
            keepGoing: keepGoing === true,
            everything: everything === true,
        },
    );
}

function writePage(board: Board, { pins }: Foreseen, { html }: RolloutOptions, io: CommandIo): void {
    if (html !== undefined) {
        writeWhole(html, formatPage(board, pins, io.now()));
    }
}

/** 0 where nothing is to be done, 2 where somebody cannot be asked, 3 where only time is missing or a pause, else 1. */
function foreseenCode({ rings }: Board): number {
    const kinds = rings.flat().map(({ plan }) => plan?.kind);
    return kinds.includes(undefined)
        ? EXIT_CODES.couldNotTell
        : kinds.every((kind) => kind === "proven")
          ? EXIT_CODES.done
          : kinds.every((kind) => kind === "proven" || kind === "soaking" || kind === "held")
            ? EXIT_CODES.waits
            : EXIT_CODES.notAsItShouldBe;
}

/** What `--json` prints (docs/fleet/rollout.md). */
function describeValue(board: Board, { pins }: Foreseen, dryRun: boolean, exitCode: number): object {
    const reduce = (pinned: RuntimeImages) => formatRuntimeImages(pinned).runtimes;
    return {
        schemaVersion: 1,
        ...{ origin: board.origin, dryRun, exitCode, pins: reduce(pins) },
        outcome: dryRun ? null : outcomeOf(board),
        rings: board.rings.map((stacks) =>
            stacks.map(({ plan, until = null, checkpoints = null, ...rest }) => ({
                ...rest,
                until,
                checkpoints,
                plan: plan ?? null,
            })),
        ),
    };
}
