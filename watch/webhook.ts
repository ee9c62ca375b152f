import { createHmac, randomUUID } from "node:crypto";
import { type HttpRequest, send } from "../lib/http/send";
import { pause } from "../lib/system/pause";
import { MendableError, messageOf } from "../lib/text/mendableError";
import type { StatusCounts } from "../fleet/stale/statuses";
import { type Change, joinChanges } from "./changes";

/** The version of what a webhook gets. */
const WEBHOOK_SCHEMA_VERSION = 1;

/** Changes that one delivery has at most; the rest follows in the next. */
const MAX_CHANGES = 500;

/** Milliseconds. */
const TIMEOUT_MS = 15_000;

/** Where changes are posted, and by which secret they are signed. */
export interface WebhookOptions {
    readonly url: string;
    readonly secret: string;
    /** Milliseconds before a delivery that failed is tried again, doubled each time. */
    readonly firstDelayMs?: number;
    readonly maxDelayMs?: number;
    readonly onTrouble: (text: string) => void;
    readonly now: () => Date;
}

/**
 * The signature of a delivery: HMAC-SHA256 of its time, a dot and its body, in hex. Whoever gets it computes the same, compares in
 * constant time, and refuses a time that is long past.
 */
export function signDelivery(secret: string, timestamp: string, body: string): string {
    return `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

/**
 * Posts changes, one delivery after the other, each until it was taken: an agent that changes meanwhile is told of once, from what it
 * was to what it is by then, so that what waits never grows beyond the fleet.
 */
export class Webhook {
    private readonly pending = new Map<string, Change>();
    private counts: StatusCounts | undefined;
    private wake: (() => void) | undefined;
    public delivered = 0;
    public failures = 0;

    public constructor(private readonly options: WebhookOptions) {
        const { url } = options;
        if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
            throw new MendableError("--webhook: expected an http or https URL");
        }
        if (options.secret.length < 16) {
            throw new MendableError(
                "the webhook's secret has fewer than 16 characters; expected a random text in the file of --webhook-secret-file, or in FLEET_WEBHOOK_SECRET",
            );
        }
    }

    /** Changes that nobody has taken yet. */
    public get waiting(): number {
        return this.pending.size;
    }

    /** Has changes posted, with the counts of the moment. */
    public tell(changes: readonly Change[], counts: StatusCounts): void {
        this.counts = counts;
        for (const change of changes) {
            const joined = joinChanges(this.pending.get(change.key), change);
            this.pending.delete(change.key);
            if (joined !== undefined) {
                this.pending.set(change.key, joined);
            }
        }
        this.wake?.();
    }

    /** Posts until the signal is aborted. Never rejects. */
    public async run(signal: AbortSignal): Promise<void> {
        while (!signal.aborted) {
            if (this.pending.size === 0) {
                await new Promise<void>((resolve) => {
                    this.wake = resolve;
                    signal.addEventListener(
                        "abort",
                        () => {
                            resolve();
                        },
                        { once: true },
                    );
                });
                continue;
            }
            const changes = [...this.pending.values()].slice(0, MAX_CHANGES);
            changes.forEach(({ key }) => this.pending.delete(key));
            await this.deliver(changes, signal);
        }
    }

    private async deliver(changes: readonly Change[], signal: AbortSignal): Promise<void> {
        const { firstDelayMs = 1_000, maxDelayMs = 300_000, onTrouble, now } = this.options;
        const delivery = randomUUID();
        const at = now().toISOString();
        const body = JSON.stringify({
            schemaVersion: WEBHOOK_SCHEMA_VERSION,
            delivery,
            at,
            counts: this.counts,
            changes,
        });
        for (let delay = firstDelayMs; !signal.aborted; delay = Math.min(delay * 2, maxDelayMs)) {
            try {
                await this.post(delivery, body);
                this.delivered++;
                return;
            } catch (error) {
                this.failures++;
                onTrouble(`${messageOf(error)}; tried again in ${delay / 1000} s`);
                await pause(delay, signal).catch(() => undefined);
            }
        }
    }

    private async post(delivery: string, body: string): Promise<void> {
        const { url, secret, now } = this.options;
        const timestamp = now().toISOString();
        const request: HttpRequest = {
            // The URL's path may itself be a secret, as a chat's is.
            who: `the webhook at "${new URL(url).host}"`,
            url,
            method: "POST",
            headers: {
                "content-type": "application/json",
                "x-fleet-delivery": delivery,
                "x-fleet-timestamp": timestamp,
                "x-fleet-signature": signDelivery(secret, timestamp, body),
            },
            body,
            timeoutMs: TIMEOUT_MS,
        };
        const { status } = await send(request);
        if (status < 200 || status > 299) {
            throw new MendableError(`${request.who} answered ${status}, expected 200 to 299`);
        }
    }
}
