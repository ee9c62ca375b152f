import { z } from "zod";
import { ConfigError } from "../lib/text/configError";
import { releaseOf } from "../images/pinHistory";
import { type Queued, describeQueued } from "../platform/queued";
import { type Evidence, type PinRecord, holdSchema } from "../platform/pinRecord";
import { formatColumns, wrap } from "../lib/text/columns";
import { chainOf, loadStacks } from "../config/loadStacks";
import { environmentFile, listEnvironments, projectRoot, readEnvironments } from "./environment";
import { formatProofs, listProofs } from "./listProofs";
import { type ProofOptions, readProofs } from "./readProofs";
import { printResult } from "./printResult";
import type { CommandIo } from "../lib/system/commandIo";
import { type Veto, readVetoes } from "../config/vetoes";
import { formatImageReference } from "../images/imageReference";

/** The version of the JSON that `fleet history` prints. */
export const HISTORY_SCHEMA_VERSION = 1;

/** One entry of the audit log: a pin that was moved. */
export interface HistoryEntry extends Pick<PinRecord, "deployedAt" | "gitSha" | "reason" | "breakGlass"> {
    readonly environment: string;
    readonly runtime: string;
    /** RFC 3339; absent where nobody wrote it down. */
    readonly at?: string;
    readonly by?: string;
    readonly image: string;
    readonly release: string;
    /** Whether it is the pin now. */
    readonly current: boolean;
    readonly evidence: readonly Evidence[];
    /** The hold that a rollback put on it, with who ended it. */
    readonly hold?: z.input<typeof holdSchema>;
}

/** The audit log of some environments, newest first, with the vetoes, which hold in all of them. */
export interface History {
    readonly schemaVersion: typeof HISTORY_SCHEMA_VERSION;
    readonly entries: readonly HistoryEntry[];
    /** The releases that wait, with those whose place they took. */
    readonly queued: readonly (Queued & { readonly environment: string })[];
    readonly vetoes: readonly Veto[];
}

/** What `fleet history` was given. */
export interface HistoryOptions extends ProofOptions {
    /** All of them when left out. */
    readonly env?: readonly string[];
    readonly runtime?: readonly string[];
    readonly project?: string;
    readonly json?: boolean;
}

/**
 * Prints the audit log, and by which evidence each stack passed a release on, where that is asked for. Exit code 0, or 2 where a
 * stack did not answer; it throws where a file cannot be read.
 */
export async function runHistory(options: HistoryOptions, io: CommandIo): Promise<number> {
    const { env, runtime, project, json, proof, outputs = [] } = options;
    const root = projectRoot(project, env);
    const history = readHistory(root, env, runtime);
    if (proof !== true && outputs.length === 0) {
        return printResult(io, { json, value: history, text: formatHistory(history) });
    }
    const { stacks, problems } = loadStacks(root);
    const behind = [...stacks.keys()].filter((stack) => {
        const { end } = chainOf(stack, stacks);
        return end.ok && env?.includes(end.environment) !== false;
    });
    const platforms = (env ?? listEnvironments(root)).map((name) => `platform/${name}`);
    const read = await readProofs(root, [...platforms, ...behind], options);
    const proofs = listProofs(read.proofs, runtime);
    return printResult(io, {
        json,
        value: { ...history, proofs },
        text: [formatHistory(history), "", formatProofs(proofs)].join("\n"),
        problems: [...problems, ...read.problems],
    });
}

/**
 * Reads the audit log from the environments' files.
 *
 * @param names the environments; all when left out
 * @throws ConfigError with the problems of all files together
 */
export function readHistory(
    root: string,
    names: readonly string[] | undefined,
    only: readonly string[] | undefined,
): History {
    const read = readEnvironments(root, names);
    const problems = [...read.problems];
    const entries = read.environments.flatMap(({ name, config }): HistoryEntry[] => {
        const pins = [...config.runtimes];
        const unknown = (only ?? []).filter((runtime) => !pins.some(([known]) => known === runtime));
        problems.push(
            ...unknown.map((runtime) => `${environmentFile(name)}: there is no runtime "${runtime}"`),
        );
        return pins
            .filter(([runtime]) => only?.includes(runtime) !== false)
            .flatMap(([runtime, pin]) =>
                [pin, ...(pin.history ?? [])].flatMap((record, index) =>
                    record.image === undefined
                        ? []
                        : [entryOf(name, runtime, { ...record, image: record.image }, index === 0)],
                ),
            );
    });
    const vetoes = readVetoes(root);
    problems.push(...vetoes.problems);
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
    const time = ({ at }: HistoryEntry) => (at === undefined ? 0 : Date.parse(at));
    return {
        schemaVersion: HISTORY_SCHEMA_VERSION,
        entries: entries.sort((a, b) => time(b) - time(a)),
        queued: read.environments.flatMap(({ name, config: { queue } }) =>
            queue === undefined ? [] : [{ environment: name, ...queue }],
        ),
        vetoes: [...vetoes.byDigest.values()],
    };
}

function entryOf(environment: string, runtime: string, record: PinRecord, current: boolean): HistoryEntry {
    return {
        environment,
        runtime,
        at: record.promotedAt,
        deployedAt: record.deployedAt,
        by: record.promotedBy,
        image: formatImageReference(record.image),
        release: releaseOf(record),
        current,
        gitSha: record.gitSha,
        reason: record.reason,
        breakGlass: record.breakGlass,
        evidence: record.evidence ?? [],
        hold: record.hold && z.encode(holdSchema, record.hold),
    };
}

/** The audit log for a terminal: a line for each pin, and below it why it was moved and what it had passed. */
export function formatHistory({ entries, queued, vetoes }: History, width = 100): string {
    const rows = entries.map((entry) => [
        entry.at?.replace(/\.\d+Z$/, "Z") ?? "(unknown)",
        entry.environment,
        entry.runtime,
        entry.release,
        entry.image.replace(/^.*@sha256:/, "").slice(0, 8),
        entry.current ? "now" : "",
        entry.by ?? "",
    ]);
    const header = ["WHEN", "ENVIRONMENT", "RUNTIME", "RELEASE", "DIGEST", "", "BY"];
    const [first = "", ...lines] = formatColumns([header, ...rows], width);
    const below = entries.map((entry) => (why(entry) === "" ? [] : wrap(why(entry), width, "    ", "    ")));
    const vetoed = vetoes.map(
        ({ digest, reason, by, at }) => `${at}  veto of ${digest.slice(0, 19)}… by ${by}: ${reason}`,
    );
    const waiting = queued.map(
        ({ environment, ...queue }) => `${environment}: "${queue.release}" waits, ${describeQueued(queue)}`,
    );
    const moved = lines.flatMap((line, index) => [line, ...(below[index] ?? [])]);
    return [first, ...moved, ...waiting, ...vetoed].join("\n");
}

function why({ reason, breakGlass, evidence, hold }: HistoryEntry): string {
    const released = hold?.released && ` until ${hold.released.at} (${hold.released.by})`;
    return [
        reason,
        ...evidence.map(({ name, result }) => `${name} ${result}`),
        breakGlass && `glass broken: ${breakGlass}`,
        hold && `held${released ?? ""}`,
    ]
        .filter((part) => part !== undefined)
        .join("; ");
}
