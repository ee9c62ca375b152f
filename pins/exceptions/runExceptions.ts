import { loadStacks } from "../../config/loadStacks";
import type { CommandIo } from "../../lib/system/commandIo";
import { formatColumns } from "../../lib/text/columns";
import { markdownTable } from "../../lib/text/markdown";
import { listClusters } from "../clusters";
import { projectRoot, readEnvironments } from "../environment";
import { printResult } from "../printResult";
import { type Exception, isOverdue, judgeExceptions } from "./exception";
import { listExceptions } from "./listExceptions";
import { readBrokenGlass } from "./readBrokenGlass";
import { readExemptions } from "./readExemptions";

/** The version of the JSON that `fleet exceptions` prints. */
export const EXCEPTIONS_SCHEMA_VERSION = 1;

/** What `fleet exceptions` was given. */
export interface ExceptionsOptions {
    /** Also ask the clusters who was set past Pulumi. */
    readonly live?: boolean;
    readonly kubeconfig?: string;
    readonly project?: string;
    readonly json?: boolean;
}

const HEADER = ["Who", "What", "State", "Until", "By", "Why", "File"];

/**
 * Prints everyone who is on purpose not on the pin. Exit code 0 when each has a day that has not passed, 1 when one has expired or
 * has no end, 2 when not everything could be read.
 */
export async function runExceptions(options: ExceptionsOptions, io: CommandIo): Promise<number> {
    const root = projectRoot(options.project);
    const { stacks, problems: unread } = loadStacks(root);
    const { environments, problems: unreadable } = readEnvironments(root);
    const { exemptions, problems: unreadPacks } = readExemptions(root);
    const clusters = listClusters(root, options.kubeconfig);
    const live = options.live === true ? await readBrokenGlass(clusters) : undefined;
    const problems = [...unread, ...unreadable, ...unreadPacks, ...(live?.problems ?? [])];
    if (live !== undefined && clusters.length === 0) {
        problems.push("no environment and no stack of this checkout names a cluster, so that none was asked");
    }
    const written = [...listExceptions(stacks, environments), ...exemptions, ...(live?.broken ?? [])];
    const exceptions = judgeExceptions(written, io.now());
    return printResult(io, {
        json: options.json,
        value: { schemaVersion: EXCEPTIONS_SCHEMA_VERSION, exceptions, problems },
        text: formatExceptions(exceptions, live !== undefined),
        isBad: exceptions.some(isOverdue),
        problems,
        summary: ["## Exceptions", "", ...markdownTable(HEADER, exceptions.map(rowOf)), "", ""].join("\n"),
    });
}

/** The table for a terminal, and a count of each state. */
export function formatExceptions(exceptions: readonly Exception[], live: boolean, width = 160): string {
    const count = (state: Exception["state"]) => exceptions.filter((each) => each.state === state).length;
    const rows = [HEADER.map((name) => name.toUpperCase()), ...exceptions.map(rowOf)];
    return [
        ...(exceptions.length === 0
            ? ["Nobody is on purpose off the pin, by the files of this checkout."]
            : formatColumns(rows, width)),
        "",
        ...(live ? [] : ["No cluster was asked who was set past Pulumi: --live asks.", ""]),
        `expired=${count("expired")} endless=${count("endless")} ending=${count("ending")} standing=${count("standing")}`,
    ].join("\n");
}

function rowOf({ who, kind, runtime, state, until, days, by, why, where }: Exception): string[] {
    const soon = state === "ending" ? ` (${days ?? 0} d)` : "";
    const what = runtime === undefined ? kind : `${kind} of ${runtime}`;
    return [who, what, `${state}${soon}`, until ?? "(nobody said)", by, why, where];
}
