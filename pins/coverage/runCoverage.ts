import type { CommandIo } from "../../lib/system/commandIo";
import { EXIT_CODES, MendableError } from "../../lib/text/mendableError";
import { resolveTag } from "../registry/registryClient";
import { markdownTable, markdownText } from "../../lib/text/markdown";
import { formatColumns } from "../../lib/text/columns";
import { type CoverageEntry, findCoverageGaps, isGap } from "./findCoverageGaps";
import { readCoverage } from "./readCoverage";
import { readPushedImages } from "./readPushedImages";
import { assertEnvironments, projectRoot } from "../environment";

/** The version of the JSON that `fleet coverage` prints. */
export const COVERAGE_SCHEMA_VERSION = 1;

/** What `fleet coverage` was given. */
export interface CoverageOptions {
    readonly release?: readonly string[];
    readonly env?: readonly string[];
    readonly maxDays?: number;
    readonly graceHours?: number;
    /** Also ask the registries what this tag leads to. */
    readonly registryTag?: string;
    readonly project?: string;
    readonly json?: boolean;
}

/**
 * Prints who is covered. Exit code 0 when every runtime is, 1 when one is forgotten, missing, vetoed or unrecorded, 2 when no gap
 * was found, but not everything could be told.
 */
export async function runCoverage(options: CoverageOptions, io: CommandIo): Promise<number> {
    const root = projectRoot(options.project);
    assertEnvironments(root, options.env ?? []);
    const { input, problems } = readCoverage(root, options.release ?? [], options.env);
    if (problems.length > 0) {
        throw new MendableError(
            `coverage cannot be told:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
        );
    }
    const { maxDays, graceHours } = options;
    const registry =
        options.registryTag === undefined
            ? undefined
            : await readPushedImages(input, options.registryTag, resolveTag);
    const entries = findCoverageGaps({
        ...input,
        pushed: registry?.pushed,
        now: io.now(),
        maxDays,
        graceHours,
    });
    const notAsked = registry?.problems ?? [];
    io.out(
        options.json === true
            ? JSON.stringify(
                  { schemaVersion: COVERAGE_SCHEMA_VERSION, entries, problems: notAsked },
                  undefined,
                  2,
              )
            : formatCoverage(entries),
    );
    notAsked.forEach((problem) => {
        io.err(problem);
    });
    io.summarize(formatCoverageMarkdown(entries));
    return entries.some(isGap)
        ? EXIT_CODES.notAsItShouldBe
        : notAsked.length > 0
          ? EXIT_CODES.couldNotTell
          : EXIT_CODES.done;
}

/** The table and the list of gaps, for a terminal. */
export function formatCoverage(entries: readonly CoverageEntry[], width = 100): string {
    const header = ["ENVIRONMENT", "RUNTIME", "STATUS", "PINNED", "NEWEST", "BEHIND"];
    const gaps = listGaps(entries);
    return [
        ...formatColumns([header, ...entries.map(rowOf)], width),
        "",
        ...gaps.map((gap) => `  - ${gap}`),
        ...(gaps.length === 0 ? [] : [""]),
        `covered=${entries.length - gaps.length} gaps=${gaps.length}`,
    ].join("\n");
}

/** The same for a pull request or a workflow's summary. */
export function formatCoverageMarkdown(entries: readonly CoverageEntry[]): string {
    const gaps = listGaps(entries);
    return [
        `## ${gaps.length === 0 ? "✅ every runtime is covered" : `❌ ${gaps.length} runtimes are not covered`}`,
        "",
        ...markdownTable(
            ["Environment", "Runtime", "Status", "Pinned", "Newest", "Behind"],
            entries.map(rowOf),
        ),
        "",
        ...gaps.map((gap) => `- ${markdownText(gap)}`),
        "",
    ].join("\n");
}

function listGaps(entries: readonly CoverageEntry[]): readonly string[] {
    return entries
        .filter(isGap)
        .map(({ environment, runtime, problem }) => `${environment}: ${runtime}: ${problem ?? ""}`);
}

function rowOf({ environment, runtime, status, pinned, newest, daysBehind }: CoverageEntry): string[] {
    const behind = daysBehind === undefined ? "" : `${daysBehind} d`;
    return [environment, runtime, status, pinned ?? "(none)", newest ?? "(none)", behind];
}
