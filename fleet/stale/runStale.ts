import * as fs from "node:fs";
import { EXIT_CODES, MendableError } from "../../lib/text/mendableError";
import { formatTable } from "../report/table";
import { gatherFleet, type SourceOptions } from "./gatherFleet";
import type { CommandIo } from "../../lib/system/commandIo";
import { compareFleet } from "./compareFleet";
import type { FleetReport } from "./fleetReport";
import { isFine } from "./statuses";

/**
 * Runs `fleet stale`.
 *
 * @returns the exit code
 * @throws MendableError when nothing could be compared, or the options contradict each other
 */
export async function runStale(options: StaleOptions, io: CommandIo): Promise<number> {
    const stacks = options.stack ?? [];
    if (stacks.length === 0) {
        throw new MendableError(
            'name the stack: expected "--stack prod", once for each stack of the cluster',
        );
    }
    const format = formatOf(options);
    const { facts, client } = await gatherFleet(
        {
            ...options,
            stacks,
            outputsFiles: outputsFiles(options.outputs ?? [], stacks),
            referenceFile: options.reference,
            excludeNamespaces: options.excludeNamespace ?? [],
        },
        io.now(),
    );
    client?.close();
    const report = compareFleet(facts);
    io.out(await format(report));
    if (options.html !== undefined) {
        const { formatHtml } = await import("../report/html");
        fs.writeFileSync(options.html, formatHtml(report));
    }
    return exitCodeOf(report);
}

/** 0 all current or held, 1 something is not, 2 nothing found wrong, but not everything could be compared. */
export function exitCodeOf({ rows, gaps }: FleetReport): number {
    if (rows.some(({ status }) => !isFine(status))) {
        return EXIT_CODES.notAsItShouldBe;
    }
    return gaps.some(({ serious }) => serious) ? EXIT_CODES.couldNotTell : EXIT_CODES.done;
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
export interface StaleOptions extends SourceOptions {
    readonly engine: boolean;
    readonly cluster: boolean;
    readonly pods: boolean;
    readonly outputs?: readonly string[];
    readonly reference?: string;
    readonly all: boolean;
    readonly json?: true;
    readonly markdown?: true;
    readonly prometheus?: true;
    readonly html?: string;
}
