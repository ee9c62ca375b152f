import * as fs from "node:fs";
import { listStacks } from "../config/readStackFile";
import { type SourceFiles, sourcesOf } from "../fleet/stale/sourceFiles";
import type { MirrorTimings } from "../kube/clusterMirror";
import type { CommandIo } from "../lib/system/commandIo";
import { EXIT_CODES, MendableError, messageOf } from "../lib/text/mendableError";
import { printable, printableLine } from "../lib/text/printable";
import { registryTrouble } from "../registry/registryClient";
import type { Change } from "./changes";
import { type Page, parseListen, serve } from "./server";
import { type WatchState, findUnhealthy, formatWatchMetrics } from "./watchMetrics";
import { type Compared, Watcher } from "./watcher";
import { Webhook } from "./webhook";

/** The options of `fleet watch`. */
export interface WatchOptions extends Omit<SourceFiles, "cluster"> {
    readonly allStacks?: true;
    readonly listen: string;
    /** Seconds between two readings of files, states, registry and control plane. */
    readonly interval: number;
    readonly webhook?: string;
    readonly webhookSecretFile?: string;
}

/** Milliseconds in which a cluster's changes are gathered before they are compared. */
const GATHER_MS = 1_000;

/**
 * Runs `fleet watch` until it is asked to end.
 *
 * @param timings of the mirrors, where a test does not wait as long as a cluster may take
 * @returns the exit code: that of the signal which ended it
 * @throws MendableError when it cannot begin: no such stack, an address that is taken, a webhook without a secret
 */
export async function runWatch(
    options: WatchOptions,
    io: CommandIo,
    timings?: Partial<MirrorTimings>,
): Promise<number> {
    const { project, registry } = options;
    const stacks = options.allStacks === true ? listStacks(project) : (options.stack ?? []);
    if (stacks.length === 0) {
        throw new MendableError('name the stacks: expected "--stack prod", once for each, or --all-stacks');
    }
    const sources = sourcesOf({ ...options, cluster: true, pods: true }, stacks);
    const say = (text: string) => {
        io.err(printable(`${io.now().toISOString()} ${text}`));
    };
    const webhook = makeWebhook(options, io, say);
    const intervalMs = options.interval * 1000;
    const watcher = new Watcher({
        sources,
        intervalMs,
        gatherMs: GATHER_MS,
        ask: registry ? registryTrouble : undefined,
        mirrorTimings: timings,
        now: io.now,
        onTrouble: say,
        onCompared: ({ report }: Compared, changes) => {
            changes.forEach((change) => {
                say(describeChange(change));
            });
            if (changes.length > 0) {
                webhook?.tell(changes, report.counts);
            }
        },
    });
    const state = () => ({
        compared: watcher.compared,
        clusters: watcher.clusters,
        readAt: watcher.readAt,
        comparedAt: watcher.comparedAt,
        trouble: watcher.trouble,
        webhook,
    });
    const pages = (path: string) => findPage(path, state(), { intervalMs, now: io.now() });
    const server = await serve(parseListen(options.listen), pages);
    say(
        `watches ${stacks.join(", ")}; http://${server.address}/ has the page, /metrics, /healthz and /report.json`,
    );
    const stopping = io.interruption((signal) => {
        say(`${signal}: ends`);
    });
    const ending = new AbortController();
    const signal = AbortSignal.any([stopping.signal, ending.signal]);
    try {
        await Promise.all([watcher.run(signal), webhook?.run(signal)]);
        return stopping.exitCode() ?? EXIT_CODES.done;
    } finally {
        ending.abort();
        stopping.end();
        await server.close();
    }
}

/** What a path shows of a watch. */
function findPage(
    path: string,
    state: WatchState,
    moment: Parameters<typeof findUnhealthy>[1],
): Promise<Page> | Page | undefined {
    const why = findUnhealthy(state, moment);
    const { compared } = state;
    switch (path) {
        case "/":
            return htmlPage(compared);
        case "/metrics": {
            const metrics = formatWatchMetrics(state, why.length === 0);
            return text(200, "text/plain; version=0.0.4; charset=utf-8", metrics);
        }
        case "/healthz":
            return json(why.length === 0 ? 200 : 503, { ok: why.length === 0, why });
        case "/report.json":
            return json(compared === undefined ? 503 : 200, compared ?? {});
        default:
            return undefined;
    }
}

function makeWebhook(
    { webhook: url, webhookSecretFile: file }: WatchOptions,
    io: CommandIo,
    onTrouble: (text: string) => void,
): Webhook | undefined {
    if (url === undefined) {
        return undefined;
    }
    let secret: string;
    try {
        secret =
            file === undefined
                ? (io.env["FLEET_WEBHOOK_SECRET"] ?? "")
                : fs.readFileSync(file, "utf8").trim();
    } catch (error) {
        throw new MendableError(`--webhook-secret-file "${file ?? ""}": cannot be read: ${messageOf(error)}`);
    }
    return new Webhook({ url, secret, onTrouble, now: io.now });
}

function describeChange({ kind, org, agent, stack, from, to, notes }: Change): string {
    const who = kind === "agent" ? `${org ?? ""}/${agent ?? "-"} (${stack ?? "no stack"})` : kind;
    return printableLine(
        `${who}: ${from ?? "-"} → ${to ?? "-"}${notes.length === 0 ? "" : `: ${notes.join("; ")}`}`,
    );
}

async function htmlPage(compared: Compared | undefined): Promise<Page> {
    if (compared === undefined) {
        return text(503, "text/plain; charset=utf-8", "nothing was compared yet\n");
    }
    const { formatHtml } = await import("../fleet/report/html");
    return text(200, "text/html; charset=utf-8", formatHtml(compared.report));
}

function text(status: number, type: string, body: string): Page {
    return { status, type, body };
}

function json(status: number, value: object): Page {
    return text(status, "application/json", `${JSON.stringify(value, undefined, 2)}\n`);
}
