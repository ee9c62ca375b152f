import { AGENT_DEPLOYMENT_PREFIX } from "../images/metadata";
import { MendableError, messageOf } from "../lib/text/mendableError";
import { pause } from "../lib/system/pause";
import { readClusterIdentity } from "./clusterIdentity";
import type { ConnectOptions } from "./kubeClient";
import { type WatchingClient, connectWatch } from "./kubeWatch";
import type { LiveDeployment, LiveNamespace, LivePod } from "./liveObjects";
import { type LiveCluster, type ReadClusterOptions, assembleCluster, isLookedAt } from "./readCluster";
import { readDeployment, readNamespace, readPod } from "./readObjects";
import { Reflector } from "./reflector";
import { listWorkloads } from "./workloads";

/** How a cluster is mirrored. */
export interface MirrorOptions extends Pick<
    ReadClusterOptions,
    "coreNamespaces" | "namespaceSelector" | "excludeNamespaces"
> {
    readonly onChange: () => void;
    readonly signal: AbortSignal;
    readonly timings?: Partial<MirrorTimings>;
}

/** Milliseconds. */
export interface MirrorTimings {
    /** Between two questions whether the API server is there. */
    readonly heartbeat: number;
    /** Without any answer, after which the cluster counts as gone. */
    readonly lost: number;
    /** For the first lists. */
    readonly firstSync: number;
    /** Between two lists of what else runs pods. */
    readonly workloads: number;
}

const TIMINGS: MirrorTimings = { heartbeat: 5_000, lost: 15_000, firstSync: 60_000, workloads: 300_000 };

/** What a mirror has done, for whoever measures it. */
export interface MirrorCounts {
    readonly events: number;
    readonly lists: number;
}

/** What every mirror of a kind can be asked, whatever it mirrors. */
type AnyReflector = Pick<
    Reflector<unknown>,
    "run" | "isListed" | "trouble" | "events" | "lists" | "listProblems"
>;

/**
 * A cluster as {@link readCluster} reads it, kept up to date by watching: namespaces, Deployments and pods by list and watch, other
 * workloads by a list from time to time. An API server that does not answer for a while is gone: then nothing is told of its cluster.
 */
export class ClusterMirror {
    private readonly namespaces: Reflector<LiveNamespace>;
    private readonly selected: Reflector<LiveNamespace> | undefined;
    private readonly deployments: Reflector<LiveDeployment>;
    private readonly pods: Reflector<LivePod>;
    private readonly timings: MirrorTimings;
    private others: Awaited<ReturnType<typeof listWorkloads>> | undefined;
    private uid: string | undefined;
    private answeredAt = Date.now();
    private lostBecause: string | undefined;

    private constructor(
        private readonly connection: WatchingClient,
        private readonly options: MirrorOptions,
    ) {
        const { coreNamespaces, namespaceSelector, onChange, signal } = options;
        this.timings = { ...TIMINGS, ...options.timings };
        const isOurs = ({ namespace }: { readonly namespace: string }) =>
            isLookedAt(namespace, coreNamespaces);
        const common = { onChange, signal };
        this.namespaces = new Reflector(connection, {
            ...common,
            path: "/api/v1/namespaces",
            read: readNamespace,
            wanted: ({ name }) => isLookedAt(name, coreNamespaces) || name === "kube-system",
        });
        this.selected =
            namespaceSelector === undefined
                ? undefined
                : new Reflector(connection, {
                      ...common,
                      path: "/api/v1/namespaces",
                      labelSelector: namespaceSelector,
                      read: readNamespace,
                      wanted: () => true,
                  });
        this.deployments = new Reflector(connection, {
            ...common,
            path: "/apis/apps/v1/deployments",
            read: readDeployment,
            wanted: isOurs,
        });
        this.pods = new Reflector(connection, {
            ...common,
            path: "/api/v1/pods",
            read: readPod,
            wanted: isOurs,
        });
    }

    /**
     * Connects to a cluster, and begins to mirror it.
     *
     * @throws MendableError when there is no such kubeconfig or context
     */
    public static async start(where: ConnectOptions, options: MirrorOptions): Promise<ClusterMirror> {
        const mirror = new ClusterMirror(await connectWatch(where), options);
        for (const reflector of mirror.reflectors()) {
            void reflector.run();
        }
        void mirror.beat();
        return mirror;
    }

    /** The kubeconfig context that it was made from. */
    public get context(): string {
        return this.connection.client.context;
    }

    /** Why nothing is told of the cluster; absent where it is mirrored. */
    public get trouble(): string | undefined {
        if (this.lostBecause !== undefined) {
            return this.lostBecause;
        }
        const waiting = this.reflectors().find(({ isListed }) => !isListed);
        return waiting === undefined && this.others !== undefined
            ? undefined
            : (waiting?.trouble ?? "it was not listed whole yet");
    }

    public get counts(): MirrorCounts {
        const all = this.reflectors();
        return {
            events: all.reduce((sum, { events }) => sum + events, 0),
            lists: all.reduce((sum, { lists }) => sum + lists, 0),
        };
    }

    /**
     * The cluster as it is now; the first time, once everything was listed.
     *
     * @throws MendableError with why it is not known
     */
    public async read(): Promise<LiveCluster> {
        const { signal } = this.options;
        const until = Date.now() + this.timings.firstSync;
        while (
            this.trouble !== undefined &&
            this.lostBecause === undefined &&
            Date.now() < until &&
            !signal.aborted
        ) {
            await pause(50, signal);
        }
        if (this.trouble !== undefined) {
            throw new MendableError(this.trouble);
        }
        const all = this.reflectors();
        const cluster = assembleCluster(
            {
                all: this.namespaces.list(),
                deployments: this.deployments.list(),
                pods: this.pods.list(),
                others: this.others,
                selected: this.selected?.list(),
                problems: all.flatMap((reflector) => reflector.listProblems()),
            },
            this.options,
        );
        return { ...cluster, uid: this.uid };
    }

    private reflectors(): readonly AnyReflector[] {
        const selected = this.selected === undefined ? [] : [this.selected];
        return [this.namespaces, ...selected, this.deployments, this.pods];
    }

    /** Asks from time to time whether the API server is there, and whether it is the same cluster. */
    private async beat(): Promise<void> {
        const { signal, onChange } = this.options;
        const { client } = this.connection;
        let listedAt = -Infinity;
        while (!signal.aborted) {
            const before = this.trouble;
            try {
                const deadline = AbortSignal.any([signal, AbortSignal.timeout(this.timings.lost)]);
                const uid = await readClusterIdentity(client, deadline);
                this.answeredAt = Date.now();
                this.lostBecause =
                    this.uid === undefined || this.uid === uid
                        ? undefined
                        : `the context "${this.context}" leads to another cluster ("${uid}") than before ("${this.uid}")`;
                this.uid ??= uid;
                if (this.others === undefined || Date.now() - listedAt > this.timings.workloads) {
                    this.others = await listWorkloads(client, { signal: deadline });
                    listedAt = Date.now();
                }
            } catch (error) {
                const since = Date.now() - this.answeredAt;
                if (this.uid === undefined || since > this.timings.lost) {
                    // Said once: it would be another sentence every few seconds.
                    const at = new Date(this.answeredAt).toISOString();
                    this.lostBecause ??= `the API server of the context "${this.context}" has not answered since ${at}: ${messageOf(error)}`;
                }
            }
            if (this.trouble !== before) {
                onChange();
            }
            await pause(this.timings.heartbeat, signal).catch(() => undefined);
        }
        client.close();
    }

    /** Agents that are mirrored: Deployments `agent-*`. */
    public get size(): number {
        return this.deployments.list().filter(({ name }) => name.startsWith(AGENT_DEPLOYMENT_PREFIX)).length;
    }
}
