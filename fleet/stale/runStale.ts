import * as fs from "node:fs";
import { EXIT_CODES, MendableError } from "../../lib/text/mendableError";
import { formatTable } from "../report/table";
import { gatherFleet } from "./gatherFleet";
import type { CommandIo } from "../../lib/system/commandIo";
import { comparePlatforms } from "./comparePlatforms";
import { compareFleet } from "./compareFleet";
import type { FleetReport } from "./fleetReport";
import { type SourceFiles, sourcesOf } from "./sourceFiles";
import { isFine } from "./statuses";
import { listStacks } from "../../config/readStackFile";
import { type ReportFilters, narrowReport, showOnly } from "./filterReport";

/**
 * Runs `fleet stale`.
 *
 * @returns the exit code
 * @throws MendableError when nothing could be compared, or the options contradict each other
 */
export async function runStale(options: StaleOptions, io: CommandIo): Promise<number> {
    const stacks = options.allStacks === true ? listStacks(options.project) : (options.stack ?? []);
    if (stacks.length === 0) {
        throw new MendableError(
            'name the stack: expected "--stack prod", once for each stack of the cluster',
        );
    }
    const format = formatOf(options);
    const facts = await gatherFleet(sourcesOf(options, stacks), io.now());
    const compared = options.registry ? await comparePlatforms(facts) : compareFleet(facts);
    const report = narrowReport(compared, options);
    const shown = showOnly(report, options);
    io.out(await format(shown));
    if (options.html !== undefined) {
        const { formatHtml } = await import("../report/html");
        fs.writeFileSync(options.html, formatHtml(shown));
    }
    return exitCodeOf(report);
}

/** 0 all current or held, 1 something is not, 2 nothing found wrong, but not everything could be compared. */
export function exitCodeOf({ rows, gaps }: Pick<FleetReport, "rows" | "gaps">): number {
    if (rows.some(({ status }) => !isFine(status) && status !== "unknown")) {
        return EXIT_CODES.notAsItShouldBe;
    }
    return rows.some(({ status }) => status === "unknown") || gaps.some(({ serious }) => serious)
        ? EXIT_CODES.couldNotTell
        : EXIT_CODES.done;
}

function formatOf(options: StaleOptions): (report: FleetReport) => Promise<string> | string {
    const asked = [options.json, options.markdown, options.prometheus].filter(Boolean);
    if (asked.length > 1) {
        throw new MendableError("expected one of --json, --markdown and --prometheus");
    }
    if (options.json === true) {
        return (report) => JSON.stringify(report, undefined, 2);
    }
    if (options.markdown === true) {
        return async (report) => (await import("../report/markdown")).formatMarkdown(report);
    }
    if (options.prometheus === true) {
        return async (report) => (await import("../report/prometheus")).formatPrometheus(report);
    }
    return (report) => formatTable(report, options.all);
}

/** The options of `fleet stale`. */
export interface StaleOptions extends SourceFiles, ReportFilters {
    readonly allStacks?: true;
    readonly pods: boolean;
    readonly all: boolean;
    readonly json?: true;
    readonly markdown?: true;
    readonly prometheus?: true;
    readonly html?: string;
}
