import type { FleetReport, FleetRow, StackProof, StrandedContainer } from "../stale/fleetReport";
import type { Lag } from "../stale/lag";
import { STATUSES } from "../stale/statuses";
import { shortImage } from "../../images/shortImage";

/** `2 releases, 5 d`; empty on the pin, `?` where it is not known. */
export function describeLag({ releases, days }: Lag): string {
    if (releases === null) {
        return "?";
    }
    if (releases === 0) {
        return "";
    }
    const count = releases === 1 ? "1 release" : `${releases} releases`;
    return days === null ? count : `${count}, ${days} d`;
}

/** The columns of every table of agents. */
export const COLUMNS = ["status", "org", "agent", "runtime", "runs", "should run", "behind"] as const;

/** A row's cells, by {@link COLUMNS}. */
export function describeCells(row: FleetRow): readonly string[] {
    return [
        row.status,
        row.org,
        describeAgent(row),
        row.runtime ?? "?",
        describeRuns(row),
        describeTarget(row),
        describeLag(row.behind),
    ];
}

/** The agent's name; another workload's with its kind before it. */
function describeAgent({ agent, kind, deployment }: FleetRow): string {
    return agent === null ? "-" : deployment === null ? `${kind ?? "?"}/${agent}` : agent;
}

/** What an agent's stack knows of the image that it runs: `proven since 2026-06-21T10:19:30Z by acme/coder`. */
export function describeRowProof({ proof, stack }: FleetRow): string {
    if (proof === null) {
        return "";
    }
    const { state, at, by } = proof;
    const when = { proven: "proven since", soaking: "soaking until", unproven: "not proven" }[state];
    return `${stack ?? "?"}: ${when} ${at ?? ""}: ${by.join(", ")}`;
}

/** What a stack has proven of a runtime: `prod claude-code: "v2" since 2026-06-21T10:19:30Z, run by 12 agents (acme/coder, …)`. */
export function describeStackProof({ stack, runtime, proven, waiting }: StackProof): readonly string[] {
    const whose = `${stack} ${runtime}:`;
    const ran = () => {
        if (proven === null) {
            return `${whose} nothing is proven here yet`;
        }
        const names = proven.agents.slice(0, 3).join(", ") + (proven.count > 3 ? ", …" : "");
        const by =
            proven.by === "agents"
                ? `run by ${proven.count === 1 ? "1 agent" : `${proven.count} agents`} (${names})`
                : `by ${proven.by}: no agent here ran it`;
        return `${whose} "${proven.release}" proven since ${proven.since ?? "an earlier program's time"}, ${by}`;
    };
    if (waiting === null) {
        return [ran()];
    }
    const when = waiting.earliest === null ? "not proven" : `soaking until ${waiting.earliest}`;
    return [ran(), `${whose} "${waiting.release}" ${when}: ${waiting.why.join("; ")}`];
}

/** `org-acme Deployment/web, container "web": ghcr.io/x/web:latest` */
export function describeStranded({ namespace, workload, container, image }: StrandedContainer): string {
    return `${namespace} ${workload}, container "${container}": ${image}`;
}

/** What it should run: the release where there is one, and what holds it where something does. */
function describeTarget({ target, held }: FleetRow): string {
    if (held !== null) {
        return `held to ${held.until}`;
    }
    return target === null ? "-" : (target.release ?? shortImage(target.image));
}

/** What it runs: the release where the image is a release's. */
function describeRuns({ live, deployed, release }: FleetRow): string {
    return release ?? shortImage(live ?? deployed);
}

/** What really runs, where that is more than one image: `2× 8536fbc57064, 1× 1111aaaa2222`. */
function describeRunning({ running }: FleetRow): string | undefined {
    if (running.length < 2) {
        return undefined;
    }
    return running
        .map(({ digest, pods, ready }) => {
            const what = digest === null ? "not pulled" : digest.slice(7, 19);
            return `${pods}× ${what} (${ready} ready)`;
        })
        .join(", ");
}

/** All sentences about an agent. */
export function describeNotes(row: FleetRow): readonly string[] {
    const running = describeRunning(row);
    return running === undefined ? row.notes : [...row.notes, `pods: ${running}`];
}

/**
 * The last line, that a script reads: first the two counts that the platform's old script printed, then the stale ones, then
 * every other count that is not 0.
 */
export function countsLine({ counts }: Pick<FleetReport, "counts">, updated = 0): string {
    const others = STATUSES.filter(
        (status) => status !== "current" && status !== "stale" && counts[status] > 0,
    );
    return [
        `updated=${updated}`,
        `already-current=${counts.current}`,
        `stale=${counts.stale}`,
        ...others.map((status) => `${status}=${counts[status]}`),
    ].join(" ");
}
