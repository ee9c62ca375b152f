import type { CommandIo } from "../lib/system/commandIo";
import { EXIT_CODES } from "../lib/text/mendableError";
import { formatColumns } from "../lib/text/columns";
import { markdownTable, markdownText } from "../lib/text/markdown";
import { printResult } from "./printResult";
import { formatProblem } from "./problem";
import type { EnvironmentReport, PromotionReport, RuntimeReport } from "./report";

/** Prints a report, adds it to the workflow's summary where there is one, and returns the exit code: an interruption's where there was one. */
export function printReport(
    done: PromotionReport,
    title: string,
    json: boolean | undefined,
    io: CommandIo,
    interrupted: number | undefined,
): number {
    const report = { ...done, exitCode: interrupted ?? done.exitCode };
    const text = formatPromotion(report, title);
    printResult(io, { json, value: report, text, summary: formatPromotionMarkdown(report, title) });
    return report.exitCode;
}

const MARKS: ReadonlyMap<number, string> = new Map([
    [EXIT_CODES.done, "✅"],
    [EXIT_CODES.waits, "⏳"],
]);

/** The report for a terminal: a table of all runtimes, all problems in one list, and the counts. */
export function formatPromotion(report: PromotionReport, title: string, width = 100): string {
    const header = ["ENVIRONMENT", "RUNTIME", "STATUS", "FROM", "TO"];
    return [
        title,
        "",
        ...formatColumns([header, ...rowsOf(report)], width),
        ...listOf("Not proven yet:", waitingOf(report, false)),
        ...listOf("Queued, and waiting for:", waitingOf(report, true)),
        ...listOf("Problems:", problemsOf(report)),
        "",
        countsOf(report),
    ].join("\n");
}

function listOf(title: string, lines: readonly string[]): readonly string[] {
    return lines.length === 0
        ? []
        : ["", title, ...lines.map((line) => `  - ${line.replaceAll("\n", "\n    ")}`)];
}

/** The same for a pull request or a workflow's summary. */
export function formatPromotionMarkdown(report: PromotionReport, title: string): string {
    return [
        `## ${MARKS.get(report.exitCode) ?? "❌"} ${markdownText(title)}`,
        "",
        ...markdownTable(["Environment", "Runtime", "Status", "From", "To"], rowsOf(report)),
        "",
        ...[...waitingOf(report, false), ...waitingOf(report, true), ...problemsOf(report)].map(
            (line) => `- ${markdownText(line)}`,
        ),
        "",
        `\`${countsOf(report)}\``,
        "",
    ].join("\n");
}

/** The seed's last line, with a count for every status: `promoted=2 already-current=0 …`. */
function countsOf(report: PromotionReport): string {
    const statuses = report.environments.flatMap(({ status, runtimes }): readonly string[] =>
        runtimes.length === 0 ? [status] : runtimes.map((runtime) => runtime.status),
    );
    const always = ["promoted", "already-current", "left-behind", "refused", "failed"];
    const names = [
        "promoted",
        "already-current",
        "pinned",
        "soaking",
        "unproven",
        "waiting",
        "nothing-queued",
        "unknown",
        ...always.slice(2),
    ];
    return names
        .filter((name) => always.includes(name) || statuses.includes(name))
        .map((name) => `${name}=${statuses.filter((status) => status === name).length}`)
        .join(" ");
}

function rowsOf(report: PromotionReport): readonly (readonly string[])[] {
    return report.environments.flatMap((environment) =>
        environment.runtimes.length === 0
            ? [[environment.environment, "(all)", environment.status, "", ""]]
            : environment.runtimes.map((runtime) => [
                  environment.environment,
                  runtime.runtime,
                  runtime.status,
                  runtime.from === undefined ? "(none)" : describe(runtime.from),
                  describeTo(runtime),
              ]),
    );
}

/** What it is moved to; of what was left behind, since when it is as it is. */
function describeTo({ to, status, from }: RuntimeReport): string {
    const since = status === "left-behind" ? from?.promotedAt : undefined;
    return to === undefined ? (since === undefined ? "" : `(since ${since})`) : describe(to);
}

function describe({ image, release }: { readonly image: string; readonly release: string }): string {
    const digest = /@sha256:([0-9a-f]{8})/.exec(image)?.[1];
    return digest === undefined ? release : `${release} ${digest}`;
}

/** What is missing of what is deployed, or of what is queued. */
function waitingOf({ environments }: PromotionReport, queued: boolean): readonly string[] {
    return environments.flatMap(({ environment, runtimes }) =>
        runtimes.flatMap(({ runtime, status, waitingFor }) =>
            waitingFor === undefined || (status === "waiting") !== queued
                ? []
                : [`${environment}: ${runtime}: ${waitingFor}`],
        ),
    );
}

/** All problems once; those of the release file concern every environment. */
function problemsOf({ environments }: PromotionReport): readonly string[] {
    return [
        ...new Set(
            environments.flatMap(({ environment, status, problems }: EnvironmentReport) =>
                (status === "waiting" ? [] : problems).map((problem) =>
                    problem.check === "release" ? problem.message : formatProblem(environment, problem),
                ),
            ),
        ),
    ];
}
