import type { RetryPolicy } from "../lib/http/retry";

/** More than half a minute in all: an API server's restart fits. */
export const KUBE_RETRIES: RetryPolicy = { attempts: 14, firstDelayMs: 100, maxDelayMs: 6_000 };

/** A report is for somebody who waits: a few seconds, not an API server's restart. */
export const READ_RETRIES: RetryPolicy = { attempts: 5, firstDelayMs: 100, maxDelayMs: 2_000 };
