import { isOneOf } from "../../kube/readCluster";
import { MendableError } from "../../lib/text/mendableError";
import type { FleetReport } from "./fleetReport";
import { orgOf } from "./fleetRow";
import { STATUSES, countStatuses } from "./statuses";

/** What a report is about, and what of it is shown. */
export interface ReportFilters {
    /** Orgs, in which `*` is any characters; `(core)` is the core fleet. */
    readonly org?: readonly string[];
    readonly runtime?: readonly string[];
    /** Stacks: `prod-canary`, `platform/prod`. */
    readonly ring?: readonly string[];
    readonly status?: readonly string[];
    /** Whole days that an agent is behind at least. */
    readonly behindDays?: number;
}

/**
 * Narrows what a report is about: counts and exit code speak of these orgs, runtimes and rings alone.
 *
 * @throws MendableError when a filter is of nothing that there is: an empty report would look fine
 */
export function narrowReport(report: FleetReport, { org, runtime, ring }: ReportFilters): FleetReport {
    const check = (
        option: string,
        wanted: readonly string[] | undefined,
        known: readonly (string | null)[],
    ) => {
        for (const value of wanted ?? []) {
            if (!known.some((name) => name !== null && isOneOf(name, [value]))) {
                const names = [...new Set(known.flatMap((name) => name ?? []))].sort();
                const some = names.slice(0, 20).map((name) => `"${name}"`);
                throw new MendableError(
                    `${option} "${value}": nothing in this report is of it; expected one of ${some.join(", ") || "none"}` +
                        (names.length > some.length ? ` and ${names.length - some.length} more` : ""),
                );
            }
        }
    };
    const { rows, stacks, proofs } = report;
    check(
        "--org",
        org,
        rows.map((row) => row.org),
    );
    check(
        "--runtime",
        runtime,
        rows.map((row) => row.runtime),
    );
    check("--ring", ring, [...stacks, ...rows.map((row) => row.stack)]);
    const isIn = (value: string | null, wanted: readonly string[] | undefined) =>
        wanted === undefined || (value !== null && isOneOf(value, wanted));
    const kept = rows.filter(
        (row) => isIn(row.org, org) && isIn(row.runtime, runtime) && isIn(row.stack, ring),
    );
    return {
        ...report,
        rows: kept,
        counts: countStatuses(kept),
        proofs: proofs.filter((proof) => isIn(proof.runtime, runtime) && isIn(proof.stack, ring)),
        stranded: report.stranded.filter(({ namespace }) => isIn(orgOf(namespace), org)),
    };
}

/**
 * Leaves out rows that nobody wants to see now; counts and exit code stay those of the whole.
 *
 * @throws MendableError when a status is none
 */
export function showOnly(report: FleetReport, { status, behindDays }: ReportFilters): FleetReport {
    const unknown = status?.find((name) => !STATUSES.some((known) => known === name));
    if (unknown !== undefined) {
        throw new MendableError(`--status "${unknown}": expected one of ${STATUSES.join(", ")}`);
    }
    return {
        ...report,
        rows: report.rows.filter(
            (row) =>
                (status === undefined || status.includes(row.status)) &&
                (behindDays === undefined || (row.behind.days ?? -1) >= behindDays),
        ),
    };
}
