import * as fs from "node:fs";
import { EXIT_CODES, MendableError, messageOf } from "../../lib/text/mendableError";
import { formatTable } from "../report/table";
import { gatherFleet, type SourceOptions } from "./gatherFleet";
import type { CommandIo } from "../../lib/system/commandIo";
import { compareFleet } from "./compareFleet";
import type { PinnedReference } from "../../images/imageReference";
import type { Patience } from "../../lib/http/retry";
import type { FleetFacts, Platforms } from "./fleetFacts";
import type { FleetReport } from "./fleetReport";
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
    const facts = await gatherFleet(
        {
            ...options,
            stacks,
            outputsFiles: outputsFiles(options.outputs ?? [], stacks),
            referenceFile: options.reference,
            excludeNamespaces: options.excludeNamespace ?? [],
        },
        io.now(),
    );
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

/** A report is for somebody who waits. */
const PATIENCE: Patience = { attempts: 2, firstDelayMs: 500, maxDelayMs: 2_000, timeoutMs: 10_000 };

/**
 * Compares, and where pods run other digests than were deployed, asks the registry once for each image whether these are its
 * platforms', and compares again. Where every pod runs what was deployed, nobody is asked.
 */
async function comparePlatforms(facts: FleetFacts): Promise<FleetReport> {
    const asked = new Map<string, PinnedReference>();
    const report = compareFleet({
        ...facts,
        platformsOf: (image) => {
            asked.set(image.digest, image);
            return undefined;
        },
    });
    if (asked.size === 0) {
        return report;
    }
    const { platformDigests } = await import("../../registry/registryClient");
    const answers = await Promise.all(
        [...asked].map(async ([digest, image]): Promise<[string, Platforms]> => {
            try {
                return [digest, { ok: true, digests: await platformDigests(image, { patience: PATIENCE }) }];
            } catch (error) {
                // Whatever it is: what the registry has not said is said to nobody.
                return [digest, { ok: false, why: messageOf(error) }];
            }
        }),
    );
    const known = new Map(answers);
    return compareFleet({ ...facts, platformsOf: ({ digest }) => known.get(digest) });
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

/** `prod=file` or, with one stack, `file` alone. */
function outputsFiles(values: readonly string[], stacks: readonly string[]): ReadonlyMap<string, string> {
    return new Map(
        values.map((value): [string, string] => {
            const named = stacks.find((stack) => value.startsWith(`${stack}=`));
            if (named !== undefined) {
                return [named, value.slice(named.length + 1)];
            }
            if (stacks.length > 1) {
                throw new MendableError(
                    `--outputs "${value}": expected "<stack>=<file>", as there are several`,
                );
            }
            return [stacks[0] ?? "", value];
        }),
    );
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
export interface StaleOptions extends SourceOptions, ReportFilters {
    readonly allStacks?: true;
    readonly engine: boolean;
    readonly cluster: boolean;
    readonly pods: boolean;
    /** Whether a registry may be asked for the platforms of an image. */
    readonly registry: boolean;
    readonly outputs?: readonly string[];
    readonly reference?: string;
    readonly all: boolean;
    readonly json?: true;
    readonly markdown?: true;
    readonly prometheus?: true;
    readonly html?: string;
}
