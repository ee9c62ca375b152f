import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { OfficialRelease } from "./officialRelease";

/** How long a host may stay silent, in milliseconds: short, since another way to the binary comes next. */
const firstAnswerTimeout = 6_000;
const silenceTimeout = 30_000;

/**
 * Downloads a release's file to `destination` and compares it with the published checksum. What cannot be verified is
 * not kept: the checksum is fetched first, and a file that differs from it is removed.
 *
 * @throws Error when a host does not answer, has no such file, publishes no checksum, or when the file differs.
 */
export async function downloadVerified(
    release: OfficialRelease,
    destination: string,
    signal?: AbortSignal,
): Promise<void> {
    const expected = await publishedChecksum(release, signal);
    try {
        const actual = await get(release.url, signal, (response, alive) =>
            save(response, destination, alive),
        );
        if (actual !== expected) {
            throw new Error(
                `${release.url}: its SHA-256 is "${actual}", but "${expected}" is published: refused`,
            );
        }
    } catch (error) {
        await rm(destination, { force: true });
        throw error;
    }
}

/**
 * The SHA-256 that is published for a release's file: 64 lower-case hex digits.
 *
 * @throws Error when the host does not answer or publishes none.
 */
export async function publishedChecksum(release: OfficialRelease, signal?: AbortSignal): Promise<string> {
    const document = await get(release.checksumUrl, signal, async (response) => response.text());
    try {
        return release.readChecksum(document);
    } catch (error) {
        throw new Error(`${release.checksumUrl}: no checksum: ${(error as Error).message}`, { cause: error });
    }
}

async function save(response: Response, destination: string, alive: () => void): Promise<string> {
    if (response.body === null) {
        throw new Error("the answer has no body");
    }
    const hash = createHash("sha256");
    await pipeline(
        Readable.fromWeb(response.body),
        async function* (chunks: AsyncIterable<Uint8Array>) {
            for await (const chunk of chunks) {
                alive();
                hash.update(chunk);
                yield chunk;
            }
        },
        fs.createWriteStream(destination),
    );
    return hash.digest("hex");
}

/** Hosts that gave no answer: they are not waited for again, once for each binary. */
const silentHosts = new Set<string>();

/** GETs a URL, giving up when the host is silent; `read` calls `alive` whenever something came. */
async function get<T>(
    url: string,
    signal: AbortSignal | undefined,
    read: (response: Response, alive: () => void) => Promise<T>,
): Promise<T> {
    const { host } = new URL(url);
    if (silentHosts.has(host)) {
        throw new Error(`${url}: ${host} gave no answer before`);
    }
    const silence = new AbortController();
    const giveUpAfter = (milliseconds: number, isFirst: boolean) =>
        setTimeout(() => {
            if (isFirst) {
                silentHosts.add(host);
            }
            silence.abort(new Error(`no answer within ${milliseconds / 1000} s`));
        }, milliseconds);
    let timer = giveUpAfter(firstAnswerTimeout, true);
    const alive = () => {
        clearTimeout(timer);
        timer = giveUpAfter(silenceTimeout, false);
    };
    try {
        const response = await fetch(url, {
            signal: signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]),
        });
        if (!response.ok) {
            throw new Error(`HTTP ${response.status}`);
        }
        alive();
        return await read(response, alive);
    } catch (error) {
        signal?.throwIfAborted();
        throw new Error(`${url}: ${reason(error)}`, { cause: error });
    } finally {
        clearTimeout(timer);
    }
}

/** fetch hides why it failed in the cause. */
function reason(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    return error.cause instanceof Error ? error.cause.message : error.message;
}
