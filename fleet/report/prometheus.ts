import { readImage } from "../../images/imageReference";
import { judgeReference } from "../../images/immutability";
import type { FleetReport, FleetRow } from "../stale/fleetReport";
import { STATUSES } from "../stale/statuses";

/** A metric: its name, what it says, and its samples. */
interface Family {
    readonly name: string;
    readonly help: string;
    readonly samples: readonly {
        readonly labels: Readonly<Record<string, string>>;
        readonly value: number;
    }[];
}

/**
 * The report as metrics for the node exporter's textfile collector. One series per agent would be a cardinality of the
 * fleet's size at every scrape, so agents are counted, and only those are named that are behind, that no stack owns, or whose
 * image is mutable, vetoed or not known.
 *
 * Agents have the labels `stack` and `cluster`, empty where that is not known. Every series has the label `report`, the stacks that
 * were asked for, so that the files of several runs never hold the same series twice.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function formatPrometheus(report: FleetReport): string {
    const made = { report: report.stacks.join(",") };
    return listFamilies(report)
        .flatMap(({ name, help, samples }) => [
            `# HELP ${name} ${help}`,
            `# TYPE ${name} gauge`,
            ...samples.map(({ labels, value }) => `${name}${formatLabels({ ...labels, ...made })} ${value}`),
        ])
        .join("\n");
}

function listFamilies(report: FleetReport): readonly Family[] {
    const { rows, gaps, generatedAt } = report;
    const behind = rows.filter(({ agent, behind: { releases } }) => agent !== null && (releases ?? 0) > 0);
    const isMutable = ({ live }: FleetRow) =>
        live !== null && /^(mutable|unparsable)$/.test(judgeReference(readImage(live)).kind);
    // What nobody owns may be mutable too: it is named in both.
    const named = (status: string) =>
        rows
            .filter((row) => row.status === status || (status === "mutable" && isMutable(row)))
            .map((row) => ({ labels: agentLabels(row), value: 1 }));
    return [
        {
            name: "fleet_agents",
            help: "Agents by stack, cluster and status.",
            samples: countAgents(report),
        },
        {
            name: "fleet_agent_releases_behind",
            help: "Releases between what an agent runs and its pin, for agents that are behind.",
            samples: behind.map((row) => ({ labels: agentLabels(row), value: row.behind.releases ?? 0 })),
        },
        {
            name: "fleet_agent_days_behind",
            help: "Days since the first newer release was promoted, for agents that are behind.",
            samples: behind.flatMap((row) =>
                row.behind.days === null ? [] : [{ labels: agentLabels(row), value: row.behind.days }],
            ),
        },
        ...[
            ["unmanaged", "Agents and other workloads on an agents' image that no stack owns."],
            ["mutable", "Agents whose live image is a tag that can be moved."],
            ["vetoed", "Agents that have or run a digest that was forbidden."],
            ["unknown", "Agents of which not all was seen that would have to be."],
        ].map(([status = "", help = ""]) => ({
            name: `fleet_agent_${status}`,
            help,
            samples: named(status),
        })),
        {
            name: "fleet_sources_missing",
            help: "Sources that could not be compared.",
            samples: [{ labels: {}, value: gaps.filter(({ serious }) => serious).length }],
        },
        {
            name: "fleet_report_timestamp_seconds",
            help: "When the report was made.",
            samples: [{ labels: {}, value: Math.floor(Date.parse(generatedAt) / 1000) }],
        },
    ];
}

/** A number for every status of every stack, and of what no stack owns in each cluster: a series that comes and goes alerts nobody. */
function countAgents({ rows, stacks, clusters }: FleetReport): Family["samples"] {
    const keyOf = (stack: string, cluster: string) => JSON.stringify([stack, cluster]);
    const groups = Map.groupBy(rows, (row) => keyOf(row.stack ?? "", row.cluster ?? ""));
    for (const stack of stacks) {
        if (!rows.some((row) => row.stack === stack)) {
            groups.set(keyOf(stack, ""), []);
        }
    }
    for (const cluster of clusters) {
        const key = keyOf("", cluster);
        groups.set(key, groups.get(key) ?? []);
    }
    return [...groups].flatMap(([key, own]) => {
        const [stack, cluster] = JSON.parse(key) as [string, string];
        return STATUSES.map((status) => ({
            labels: { stack, cluster, status },
            value: own.filter((row) => row.status === status).length,
        }));
    });
}

function agentLabels(row: FleetRow): Readonly<Record<string, string>> {
    return {
        stack: row.stack ?? "",
        cluster: row.cluster ?? "",
        namespace: row.namespace,
        org: row.org,
        kind: row.kind ?? "Namespace",
        agent: row.agent ?? "",
        runtime: row.runtime ?? "",
    };
}

/** `{stack="prod",cluster="eu"}`; empty where there are none. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
    const pairs = Object.entries(labels).map(
        ([name, value]) =>
            `${name}="${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`,
    );
    return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
