import { comparePlatforms } from "../fleet/stale/comparePlatforms";
import { compareFleet } from "../fleet/stale/compareFleet";
import type { FleetFacts, Platforms } from "../fleet/stale/fleetFacts";
import type { FleetReport } from "../fleet/stale/fleetReport";
import type { FleetSources } from "../fleet/stale/fleetSources";
import { type ReadSources, joinClusters, readSources } from "../fleet/stale/gatherFleet";
import { ClusterMirror, type MirrorTimings } from "../kube/clusterMirror";
import { pause } from "../lib/system/pause";
import { MendableError, messageOf } from "../lib/text/mendableError";
import { type Environment, readEnvironments } from "../pins/environment";
import { type Change, type Seen, findChanges, remember } from "./changes";
import { type AskRegistry, type Finding, findInPins, findInRegistry, findInReport } from "./findings";

/** What a watch compares, and how often. */
export interface WatchedFleet {
    /** Where to look; its clusters are mirrored. */
    readonly sources: Omit<FleetSources, "readLive" | "signal">;
    /** Milliseconds between two readings of files, states, registry and control plane. */
    readonly intervalMs: number;
    /** Milliseconds in which changes of a cluster are gathered before they are compared. */
    readonly gatherMs: number;
    /** Asks the registry for pins; nobody is asked where it is left out. */
    readonly ask?: AskRegistry;
    readonly mirrorTimings?: Partial<MirrorTimings>;
    readonly now: () => Date;
    /** Is told what cannot be read or compared. */
    readonly onTrouble: (text: string) => void;
    /** Is told of each comparison, with what has changed since the last. */
    readonly onCompared: (compared: Compared, changes: readonly Change[]) => void;
}

/** The fleet as it was compared last. */
export interface Compared {
    readonly report: FleetReport;
    readonly findings: readonly Finding[];
}

/** A cluster that is watched, for metrics and health. */
export interface WatchedCluster {
    readonly context: string;
    /** Why nothing is known of it; absent where it is mirrored. */
    readonly trouble?: string;
    readonly events: number;
    readonly lists: number;
}

/** Milliseconds in which a change is compared at the latest, however large the fleet is. */
const LONGEST_GATHER_MS = 5_000;

/**
 * Compares a fleet again and again, and changes nothing: what the clusters say as soon as they say it, files, states, pins and
 * registries from time to time.
 */
export class Watcher {
    private readonly mirrors = new Map<string, Promise<ClusterMirror>>();
    private readonly started: ClusterMirror[] = [];
    private readonly platforms = new Map<string, Platforms>();
    private read: ReadSources | undefined;
    private environments: readonly Environment[] = [];
    private ofRegistry: readonly Finding[] = [];
    private seen: Seen | undefined;
    private last: Compared | undefined;
    private wake: (() => void) | undefined;
    private isChanged = true;
    private signal = new AbortController().signal;
    /** When files and states were read last, and when all was compared last. */
    public readAt: Date | undefined;
    public comparedAt: Date | undefined;
    /** Why the last reading or comparison failed; absent where it did not. */
    public trouble: string | undefined;

    public constructor(private readonly fleet: WatchedFleet) {}

    /** The last comparison; absent before the first. */
    public get compared(): Compared | undefined {
        return this.last;
    }

    public get clusters(): readonly WatchedCluster[] {
        return this.started.map(({ context, trouble, counts }) => ({ context, trouble, ...counts }));
    }

    /** Watches until the signal is aborted. */
    public async run(signal: AbortSignal): Promise<void> {
        this.signal = signal;
        const { intervalMs, gatherMs } = this.fleet;
        let readAt = -Infinity;
        while (!signal.aborted) {
            const isDue = Date.now() - readAt >= intervalMs;
            this.isChanged = false;
            /** Milliseconds of a core. */
            let took = 0;
            try {
                if (isDue) {
                    readAt = Date.now();
                    await this.readAgain();
                }
                const begun = process.cpuUsage();
                await this.compare();
                took = process.cpuUsage(begun).user / 1000;
                this.trouble = undefined;
            } catch (error) {
                if (this.signal.aborted) {
                    return;
                }
                if (!(error instanceof MendableError)) {
                    throw error;
                }
                // What was known is not true any more, and nobody is told that all is fine.
                this.trouble = messageOf(error);
                this.fleet.onTrouble(this.trouble);
            }
            await this.nextChange(Math.max(0, intervalMs - (Date.now() - readAt)));
            // A large fleet that changes all the time takes about a fifth of a core.
            await pause(Math.min(Math.max(gatherMs, 4 * took), LONGEST_GATHER_MS), signal).catch(
                () => undefined,
            );
        }
    }

    private async readAgain(): Promise<void> {
        const { sources, now, ask } = this.fleet;
        this.read = await readSources({ ...sources, signal: this.signal }, now());
        for (const [digest, platforms] of this.platforms) {
            if (!platforms.ok) {
                this.platforms.delete(digest);
            }
        }
        this.environments = readEnvironments(sources.project).environments;
        this.ofRegistry = ask === undefined ? [] : await findInRegistry(this.environments, ask);
        this.readAt = now();
    }

    private async compare(): Promise<void> {
        const { sources, now, ask, onCompared } = this.fleet;
        if (this.read === undefined) {
            return;
        }
        const readLive: FleetSources["readLive"] = async (where, coreNamespaces) =>
            (await this.mirrorOf(where, coreNamespaces)).read();
        const facts: FleetFacts = await joinClusters({ ...sources, readLive }, this.read, now());
        const report =
            ask === undefined ? compareFleet(facts) : await comparePlatforms(facts, this.platforms);
        const findings = [
            ...findInReport(report),
            ...findInPins(this.environments, facts.stacks),
            ...this.ofRegistry,
        ];
        const seen = remember(report, findings, this.seen);
        const changes = findChanges(this.seen, seen);
        this.seen = seen;
        this.last = { report, findings };
        this.comparedAt = now();
        onCompared(this.last, changes);
    }

    private mirrorOf(
        where: { readonly context?: string; readonly kubeconfig?: string },
        coreNamespaces: readonly string[],
    ): Promise<ClusterMirror> {
        const key = JSON.stringify([where, coreNamespaces]);
        const known = this.mirrors.get(key);
        if (known !== undefined) {
            return known;
        }
        const { namespaceSelector, excludeNamespaces } = this.fleet.sources;
        const mirror = ClusterMirror.start(where, {
            coreNamespaces,
            namespaceSelector,
            excludeNamespaces,
            onChange: () => {
                this.isChanged = true;
                this.wake?.();
            },
            signal: this.signal,
            timings: this.fleet.mirrorTimings,
        });
        this.mirrors.set(key, mirror);
        mirror.then(
            (one) => this.started.push(one),
            // A kubeconfig that is not there yet may be there later.
            () => this.mirrors.delete(key),
        );
        return mirror;
    }

    /** Waits for a change of a cluster, or until it is time to read anew. */
    private async nextChange(milliseconds: number): Promise<void> {
        if (this.isChanged || this.signal.aborted) {
            return;
        }
        await new Promise<void>((resolve) => {
            const timer = setTimeout(done, milliseconds);
            const { signal } = this;
            function done() {
                clearTimeout(timer);
                signal.removeEventListener("abort", done);
                resolve();
            }
            signal.addEventListener("abort", done, { once: true });
            this.wake = done;
        });
        this.wake = undefined;
    }
}
