import type { FleetReport } from "../stale/fleetReport";
import { STATUSES } from "../stale/statuses";

/**
 * The report as metrics for the node exporter's textfile collector. One series per agent would be a cardinality of the
 * fleet's size at every scrape, so agents are counted, and only those that are behind are named.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function formatPrometheus(report: FleetReport): string {
    const lines: string[] = [];
    const family = (name: string, help: string, samples: readonly string[]) => {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples);
    };
    family(
        "fleet_agents",
        "Agents by status.",
        STATUSES.map((status) => `fleet_agents{status="${status}"} ${report.counts[status]}`),
    );
    const behind = report.rows.filter(
        ({ agent, behind: { releases } }) => agent !== null && (releases ?? 0) > 0,
    );
    const labels = ({ org, agent, runtime }: (typeof behind)[number]) =>
        `org="${escapeLabel(org)}",agent="${escapeLabel(agent ?? "")}",runtime="${escapeLabel(runtime ?? "")}"`;
    family(
        "fleet_agent_releases_behind",
        "Releases between what an agent runs and its pin, for agents that are behind.",
        behind.map((row) => `fleet_agent_releases_behind{${labels(row)}} ${row.behind.releases ?? 0}`),
    );
    family(
        "fleet_agent_days_behind",
        "Days since the first newer release was promoted, for agents that are behind.",
        behind.flatMap((row) =>
            row.behind.days === null ? [] : [`fleet_agent_days_behind{${labels(row)}} ${row.behind.days}`],
        ),
    );
    family("fleet_sources_missing", "Sources that could not be compared.", [
        `fleet_sources_missing ${report.gaps.filter(({ serious }) => serious).length}`,
    ]);
    family("fleet_report_timestamp_seconds", "When the report was made.", [
        `fleet_report_timestamp_seconds ${Math.floor(Date.parse(report.generatedAt) / 1000)}`,
    ]);
    return lines.join("\n");
}

function escapeLabel(value: string): string {
    return value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
