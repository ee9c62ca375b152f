import { formatLabels, formatPrometheus } from "../fleet/report/prometheus";
import type { Compared, WatchedCluster } from "./watcher";

/** What of a watch itself is measured. */
export interface WatchState {
    readonly compared: Compared | undefined;
    readonly clusters: readonly WatchedCluster[];
    readonly readAt: Date | undefined;
    readonly comparedAt: Date | undefined;
    readonly trouble: string | undefined;
    readonly webhook?: { readonly waiting: number; readonly delivered: number; readonly failures: number };
}

/** Why a watch does not know what it should; empty where it does. */
export function findUnhealthy(
    { compared, clusters, readAt, trouble }: WatchState,
    { intervalMs, now }: { readonly intervalMs: number; readonly now: Date },
): readonly string[] {
    const why: string[] = [];
    if (trouble !== undefined) {
        why.push(trouble);
    }
    if (compared === undefined) {
        why.push("nothing was compared yet");
    }
    why.push(...(compared?.report.gaps ?? []).flatMap(({ message, serious }) => (serious ? [message] : [])));
    for (const { context, trouble: lost } of clusters) {
        if (lost !== undefined) {
            why.push(`the cluster "${context}": ${lost}`);
        }
    }
    if (readAt !== undefined && now.getTime() - readAt.getTime() > 3 * intervalMs + 60_000) {
        why.push(`files and states were read last at ${readAt.toISOString()}`);
    }
    return why;
}

/** The report's metrics, and those of the watch: whoever scrapes them must see that they are of now. */
export function formatWatchMetrics(state: WatchState, isHealthy: boolean): string {
    const { compared } = state;
    const own = listFamilies(state, isHealthy).flatMap(({ name, type, help, samples }) => [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(([labels, value]) => `${name}${formatLabels(labels)} ${value}`),
    ]);
    return `${[...(compared === undefined ? [] : [formatPrometheus(compared.report)]), ...own].join("\n")}\n`;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Family {
    readonly name: string;
    readonly type: "gauge" | "counter";
    readonly help: string;
    readonly samples: readonly Sample[];
}

const KINDS = ["source", "pin", "proof", "control-plane", "registry"];

function listFamilies(
    { compared, clusters, comparedAt, webhook }: WatchState,
    isHealthy: boolean,
): readonly Family[] {
    const make =
        (type: Family["type"]) =>
        (name: string, help: string, samples: number | readonly Sample[]): Family => {
            return { name, type, help, samples: typeof samples === "number" ? [[{}, samples]] : samples };
        };
    const [gauge, counter] = [make("gauge"), make("counter")];
    const ofClusters = (value: (cluster: WatchedCluster) => number) =>
        clusters.map((cluster): Sample => [{ cluster: cluster.context }, value(cluster)]);
    const [memory, cpu] = [process.memoryUsage(), process.cpuUsage()];
    const count = (kind: string) => compared?.findings.filter((finding) => finding.kind === kind).length ?? 0;
    return [
        gauge("fleet_watch_healthy", "1 where everything that should be known is.", isHealthy ? 1 : 0),
        gauge(
            "fleet_watch_compared_timestamp_seconds",
            "When all was compared last.",
            Math.floor((comparedAt?.getTime() ?? 0) / 1000),
        ),
        gauge(
            "fleet_watch_cluster_up",
            "1 where the cluster is mirrored, 0 where nothing is known of it.",
            ofClusters(({ trouble }) => (trouble === undefined ? 1 : 0)),
        ),
        counter(
            "fleet_watch_events_total",
            "Changes that a cluster told.",
            ofClusters(({ events }) => events),
        ),
        counter(
            "fleet_watch_lists_total",
            "Times that a kind was listed whole.",
            ofClusters(({ lists }) => lists),
        ),
        gauge(
            "fleet_watch_findings",
            "What besides agents is not as it should be.",
            KINDS.map((kind): Sample => [{ kind }, count(kind)]),
        ),
        gauge("process_resident_memory_bytes", "Memory of the process.", memory.rss),
        gauge(
            "nodejs_heap_size_used_bytes",
            "Of it, what objects take, those included that are to be collected.",
            memory.heapUsed,
        ),
        counter("process_cpu_seconds_total", "Processor time of the process.", (cpu.user + cpu.system) / 1e6),
        ...(webhook === undefined
            ? []
            : [
                  gauge("fleet_watch_webhook_waiting", "Changes that wait for a delivery.", webhook.waiting),
                  counter(
                      "fleet_watch_webhook_delivered_total",
                      "Deliveries that were taken.",
                      webhook.delivered,
                  ),
                  counter("fleet_watch_webhook_failures_total", "Attempts that failed.", webhook.failures),
              ]),
    ];
}
