import { formatColumns } from "../../lib/text/columns";
import { markdownTable, markdownText } from "../../lib/text/markdown";
import { type CoverageEntry, isGap } from "./coverageEntry";
import { type RingEntry, isRingGap } from "./findRingGaps";

const HEADER = ["Environment", "Runtime", "Status", "Pinned", "Newest", "Behind"];
const RING_HEADER = ["Ring", "Runtime", "Status", "Proven", "At the earliest"];

/** The tables and the list of gaps, for a terminal. */
export function formatCoverage(
    entries: readonly CoverageEntry[],
    rings: readonly RingEntry[],
    width = 100,
): string {
    const table = (header: readonly string[], rows: readonly (readonly string[])[]) =>
        formatColumns([header.map((name) => name.toUpperCase()), ...rows], width);
    const gaps = listGaps(entries, rings);
    const notes = listNotes(entries, rings);
    return [
        ...table(HEADER, entries.map(rowOf)),
        "",
        ...(rings.length === 0 ? [] : [...table(RING_HEADER, rings.map(ringRowOf)), ""]),
        ...gaps.map((gap) => `  - ${gap}`),
        ...(gaps.length === 0 ? [] : [""]),
        ...notes,
        ...(notes.length === 0 ? [] : [""]),
        `covered=${entries.filter((entry) => !isGap(entry)).length} gaps=${gaps.length}`,
    ].join("\n");
}

/** The same for a pull request or a workflow's summary. */
export function formatCoverageMarkdown(
    entries: readonly CoverageEntry[],
    rings: readonly RingEntry[],
): string {
    const gaps = listGaps(entries, rings);
    const notes = listNotes(entries, rings);
    return [
        `## ${gaps.length === 0 ? "✅ every runtime is covered" : `❌ ${gaps.length} runtimes are not covered`}`,
        "",
        ...markdownTable(HEADER, entries.map(rowOf)),
        "",
        ...(rings.length === 0 ? [] : [...markdownTable(RING_HEADER, rings.map(ringRowOf)), ""]),
        ...gaps.map((gap) => `- ${markdownText(gap)}`),
        "",
        ...notes.map((note) => `${markdownText(note)}\n`),
    ].join("\n");
}

function listGaps(entries: readonly CoverageEntry[], rings: readonly RingEntry[]): readonly string[] {
    const places = entries.filter(isGap).map((entry) => ({ place: entry.environment, ...entry }));
    const stacks = rings.filter(isRingGap).map((entry) => ({ place: entry.stack, ...entry }));
    return [...places, ...stacks].map(
        ({ place, runtime, problem }) => `${place}: ${runtime}: ${problem ?? ""}`,
    );
}

/** What is no gap, and is to be known all the same. */
function listNotes(entries: readonly CoverageEntry[], rings: readonly RingEntry[]): readonly string[] {
    return [
        ...entries.flatMap(({ environment, runtime, refused = [] }) =>
            refused.map((release) => `${environment}: ${runtime}: never to be promoted: ${release}`),
        ),
        ...entries.flatMap(({ environment, runtime, unknown }) =>
            unknown === undefined ? [] : [`${environment}: ${runtime}: unknown: ${unknown}`],
        ),
        ...rings.flatMap(({ stack, runtime, status, why = [] }) => {
            if (status === "idle") {
                return [`${stack}: ${runtime}: nobody runs it here, nor in a stack behind this one`];
            }
            return status === "waiting" || status === "unread"
                ? [`${stack}: ${runtime}: ${why.join("; ")}`]
                : [];
        }),
    ];
}

function rowOf(entry: CoverageEntry): string[] {
    const { environment, runtime, status, pinned, newest, daysBehind, heldUntil } = entry;
    const behind = daysBehind === undefined ? "" : `${daysBehind} d`;
    const word = heldUntil === undefined ? status : `${status} until ${heldUntil}`;
    return [environment, runtime, word, pinned ?? "(none)", newest ?? "(none)", behind];
}

function ringRowOf({ stack, runtime, status, proven, earliest }: RingEntry): string[] {
    return [stack, runtime, status, proven ?? "(none)", earliest ?? ""];
}
