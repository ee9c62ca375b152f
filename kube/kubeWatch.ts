import { ApiError } from "./apiError";
import { type ConnectOptions, type KubeClient, createKubeClient, loadKubeConfig } from "./kubeClient";

/** What a watch was told: a bookmark is an object of which only the version is there. */
export interface WatchEvent {
    readonly type: string;
    readonly object: unknown;
}

/** What to watch, and who is told. */
export interface WatchOptions {
    /** `/apis/apps/v1/deployments` */
    readonly path: string;
    readonly query: Readonly<Record<string, string | undefined>>;
    /** The API server has accepted the watch. */
    readonly onOpen: () => void;
    readonly onEvent: (event: WatchEvent) => void;
    readonly signal: AbortSignal;
}

/** A connection to a cluster that can also watch. */
export interface WatchingClient {
    readonly client: KubeClient;
    /** Watches until the API server ends it, which it does from time to time. @throws ApiError where it is refused or lost */
    readonly watch: (options: WatchOptions) => Promise<void>;
}

/** Milliseconds without any word, a bookmark a minute among them, after which a watch counts as lost. */
const SILENCE_MS = 150_000;

/** Connects by a kubeconfig to a cluster that is to be watched. @throws MendableError when there is no such kubeconfig or context */
export async function connectWatch(options: ConnectOptions): Promise<WatchingClient> {
    const { Watch } = await import("@kubernetes/client-node");
    const config = await loadKubeConfig(options);
    const client = createKubeClient(config, options);
    const watch = async ({ path, query, onOpen, onEvent, signal }: WatchOptions): Promise<void> => {
        const watcher = new Watch(config);
        // Its own 30 seconds would end a watch of a quiet cluster twice a minute. The field is not part of its types.
        Object.assign(watcher as object, { requestTimeoutMs: SILENCE_MS });
        let isOver = false;
        await new Promise<void>((resolve, reject) => {
            const done = (error: unknown) => {
                isOver = true;
                if (error === null || error === undefined || signal.aborted) {
                    resolve();
                } else {
                    reject(watchError(path, error));
                }
            };
            watcher
                .watch(
                    path,
                    { ...query },
                    (type, object: unknown) => {
                        onEvent({ type, object });
                    },
                    done,
                )
                .then((controller) => {
                    const abort = () => {
                        controller.abort();
                        resolve();
                    };
                    if (signal.aborted) {
                        abort();
                    } else if (!isOver) {
                        signal.addEventListener("abort", abort, { once: true });
                        onOpen();
                    }
                }, done);
        });
    };
    return { client, watch };
}

function watchError(path: string, error: unknown): ApiError {
    const { statusCode, message, code, cause } = error as {
        statusCode?: number;
        message?: string;
        code?: string;
        cause?: { message?: string; code?: string };
    };
    const why = cause?.message ?? message ?? "the connection was lost";
    return new ApiError(`WATCH ${path}: ${why}`, statusCode, cause?.code ?? code ?? "");
}
