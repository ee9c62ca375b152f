import { RequestError } from "../lib/http/retry";
import { pause } from "../lib/system/pause";
import { messageOf } from "../lib/text/mendableError";
import { ApiError } from "./apiError";
import type { WatchEvent, WatchingClient } from "./kubeWatch";
import { listWithVersion } from "./listAll";
import type { ReadObject } from "./readObjects";

/** What is mirrored, and what of it is kept. */
export interface ReflectorOptions<T> {
    readonly path: string;
    readonly labelSelector?: string;
    /** What of an object is kept. */
    readonly read: (item: unknown) => ReadObject<T>;
    readonly wanted: (object: T) => boolean;
    readonly onChange: () => void;
    readonly signal: AbortSignal;
}

/** Milliseconds before what failed is tried again, doubled each time. */
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 5_000;

/** Seconds after which the API server ends a watch, which is then begun again where it ended. */
const WATCH_SECONDS = 280;

/**
 * Mirrors the objects of one kind: a list, then a watch from its version on. A version that the API server has forgotten (410) is a
 * list again; a lost connection goes on from the last version. Of each object only what `read` makes of it is kept.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export class Reflector<T> {
    private objects = new Map<string, T>();
    private readonly problems = new Map<string, string>();
    private version: string | undefined;
    /** Whether the objects were ever listed. */
    public isListed = false;
    /** Why it does not hear from the API server; absent while it does. */
    public trouble: string | undefined;
    /** Changes that it was told of. */
    public events = 0;
    /** How often everything was listed. */
    public lists = 0;

    public constructor(
        private readonly connection: WatchingClient,
        private readonly options: ReflectorOptions<T>,
    ) {}

    /** The objects as they are now, as far as it was told. */
    public list(): readonly T[] {
        return [...this.objects.values()];
    }

    /** What is wrong with those that could not be read. */
    public listProblems(): readonly string[] {
        return [...this.problems.values()];
    }

    /** Mirrors until the signal is aborted. Never rejects. */
    public async run(): Promise<void> {
        const { signal } = this.options;
        let delay = FIRST_DELAY_MS;
        while (!signal.aborted) {
            try {
                if (this.version === undefined) {
                    await this.relist();
                }
                await this.follow();
                delay = FIRST_DELAY_MS;
            } catch (error) {
                if (isForgotten(error) || !(error instanceof RequestError)) {
                    this.version = undefined;
                }
                if (!isForgotten(error) && !this.options.signal.aborted) {
                    this.trouble = messageOf(error);
                    this.options.onChange();
                }
                await pause(delay, signal).catch(() => undefined);
                delay = Math.min(delay * 2, MAX_DELAY_MS);
            }
        }
    }

    private async relist(): Promise<void> {
        const { path, labelSelector, signal } = this.options;
        const objects = new Map<string, T>();
        this.problems.clear();
        // One attempt, since this whole loop is the next.
        const retry = { attempts: 1, firstDelayMs: 0, maxDelayMs: 0 };
        const found = await listWithVersion(
            this.connection.client,
            { path, query: { labelSelector }, retry, signal },
            (item) => {
                this.take(objects, item);
            },
        );
        this.objects = objects;
        this.version = found.version === "" ? undefined : found.version;
        this.isListed = true;
        this.trouble = undefined;
        this.lists++;
        this.options.onChange();
        if (this.version === undefined) {
            throw new ApiError(`GET ${path}: the list has no resourceVersion`, undefined, "");
        }
    }

    private async follow(): Promise<void> {
        const { path, labelSelector, signal } = this.options;
        const ended = new AbortController();
        let failure: Error | undefined;
        await this.connection.watch({
            path,
            query: {
                labelSelector,
                resourceVersion: this.version,
                allowWatchBookmarks: "true",
                timeoutSeconds: String(WATCH_SECONDS),
            },
            onOpen: () => {
                if (this.trouble !== undefined) {
                    this.trouble = undefined;
                    this.options.onChange();
                }
            },
            onEvent: (event) => {
                failure = this.apply(event) ?? failure;
                if (failure !== undefined) {
                    ended.abort();
                }
            },
            signal: AbortSignal.any([signal, ended.signal]),
        });
        if (failure !== undefined) {
            throw failure;
        }
    }

    /** Takes one event in. @returns why the watch cannot go on */
    private apply({ type, object }: WatchEvent): Error | undefined {
        if (type === "ERROR") {
            const { code, message, reason } = object as { code?: number; message?: string; reason?: string };
            return new ApiError(`WATCH ${this.options.path}: ${message ?? "ended"}`, code, reason ?? "");
        }
        const { resourceVersion } = metadataOf(object);
        this.version = resourceVersion ?? this.version;
        if (type === "BOOKMARK") {
            return undefined;
        }
        this.events++;
        if (type === "DELETED") {
            const key = keyOf(object);
            this.problems.delete(key);
            // What nobody looks at changes nothing.
            if (this.objects.delete(key)) {
                this.options.onChange();
            }
        } else if (this.take(this.objects, object)) {
            this.options.onChange();
        }
        return undefined;
    }

    /** Keeps an object, or forgets one that is not wanted any more. @returns whether anything that is kept has changed */
    private take(objects: Map<string, T>, item: unknown): boolean {
        const key = keyOf(item);
        const read = this.options.read(item);
        if (!read.ok) {
            this.problems.set(key, read.problem);
            return objects.delete(key);
        }
        this.problems.delete(key);
        if (!this.options.wanted(read.object)) {
            return objects.delete(key);
        }
        objects.set(key, read.object);
        return true;
    }
}

function isForgotten(error: unknown): boolean {
    return error instanceof ApiError && (error.status === 410 || error.reason === "Expired");
}

function metadataOf(object: unknown): { name?: string; namespace?: string; resourceVersion?: string } {
    return (object as { metadata?: object } | null)?.metadata ?? {};
}

function keyOf(object: unknown): string {
    const { namespace = "", name = "" } = metadataOf(object);
    return `${namespace}/${name}`;
}
