import type { FleetReport, FleetRow } from "../fleet/stale/fleetReport";
import type { FleetStatus } from "../fleet/stale/statuses";
import { isFine } from "../fleet/stale/statuses";
import { credentialIn } from "../lib/text/credentials";
import { printableLine } from "../lib/text/printable";
import type { Finding } from "./findings";

/** What became of one agent, or of one finding. */
export interface Change {
    /** The same for every change of the same agent or finding. */
    readonly key: string;
    readonly kind: "agent" | Finding["kind"];
    readonly stack: string | null;
    readonly cluster: string | null;
    readonly org: string | null;
    readonly agent: string | null;
    /** What it was; `null` for what was not there, or at the start of the watch. */
    readonly from: FleetStatus | "found" | null;
    /** What it is; `null` for what is gone. */
    readonly to: FleetStatus | "found" | null;
    /** Sentences for people; no credential is in them. */
    readonly notes: readonly string[];
}

/** What a watch has seen, as far as the next comparison needs it. */
export interface Seen {
    readonly agents: ReadonlyMap<string, FleetRow>;
    readonly findings: ReadonlyMap<string, Finding>;
}

/**
 * What was seen at one moment, by keys that stay. What no stack owns is not in the report of a cluster that cannot be read: it is as
 * unknown as all else there, and not gone.
 */
export function remember(report: FleetReport, findings: readonly Finding[], before?: Seen): Seen {
    const isRead = (cluster: string | null) => cluster === null || report.clusters.includes(cluster);
    const unread = [...(before?.agents ?? [])].flatMap(([key, row]): [string, FleetRow][] =>
        isRead(row.cluster) ? [] : [[key, { ...row, status: "unknown", notes: [] }]],
    );
    return {
        agents: new Map([...unread, ...report.rows.map((row): [string, FleetRow] => [keyOf(row), row])]),
        findings: new Map(findings.map((finding) => [`${finding.kind} ${finding.subject}`, finding])),
    };
}

/**
 * What has changed between two moments. At the start, whatever is not as it should be has come: whoever was not listening is told. Pure.
 */
export function findChanges(before: Seen | undefined, now: Seen): readonly Change[] {
    const changes: Change[] = [];
    for (const [key, row] of now.agents) {
        const was = before?.agents.get(key);
        const isNews =
            was === undefined ? before !== undefined || !isFine(row.status) : was.status !== row.status;
        if (isNews) {
            changes.push({ ...describe(key, row), from: was?.status ?? null, to: row.status });
        }
    }
    for (const [key, row] of before?.agents ?? []) {
        if (!now.agents.has(key)) {
            changes.push({ ...describe(key, row), notes: [], from: row.status, to: null });
        }
    }
    const found = (key: string, { kind, text }: Finding, is: boolean): Change => ({
        key,
        kind,
        stack: null,
        cluster: null,
        org: null,
        agent: null,
        from: is ? null : "found",
        to: is ? "found" : null,
        notes: [withoutSecrets(text)],
    });
    for (const [key, finding] of now.findings) {
        if (before?.findings.has(key) !== true) {
            changes.push(found(key, finding, true));
        }
    }
    for (const [key, finding] of before?.findings ?? []) {
        if (!now.findings.has(key)) {
            changes.push(found(key, finding, false));
        }
    }
    return changes;
}

/** Joins a later change to one that nobody was told of yet; `undefined` where all is as it was. */
export function joinChanges(first: Change | undefined, second: Change): Change | undefined {
    const from = first === undefined ? second.from : first.from;
    return from === second.to ? undefined : { ...second, from };
}

function describe(key: string, row: FleetRow): Omit<Change, "from" | "to"> {
    const { stack, cluster, org, agent, notes } = row;
    return { key, kind: "agent", stack, cluster, org, agent, notes: notes.map(withoutSecrets) };
}

function keyOf({ cluster, namespace, kind, deployment, agent, stack }: FleetRow): string {
    // The same agent whether its cluster can be read or not.
    return `agent ${stack ?? cluster ?? ""} ${namespace}/${kind ?? ""}/${deployment ?? agent ?? ""}`;
}

/** Clusters and registries write anything into their messages. */
function withoutSecrets(text: string): string {
    const what = credentialIn(text);
    return what === undefined ? printableLine(text) : `(a text that is not sent: it may hold ${what})`;
}
