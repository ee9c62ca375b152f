import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { link, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { pause } from "./pause";
import { whileWaiting } from "./whileWaiting";
import { z } from "zod";
import { isStillRunning, processIdentity } from "./processIdentity";

/** How a lock is waited for. */
export interface FileLockOptions {
    /** Called once when somebody else holds the lock, with a description of the holder. */
    readonly onWait?: (holder: string) => void;
    readonly signal?: AbortSignal;
    /** Milliseconds between looks; 200 by default. */
    readonly pollMilliseconds?: number;
}

/** Age in milliseconds from which a lock that cannot be read, or is another machine's, counts as abandoned. */
const abandonedAfter = 20 * 60_000;

/**
 * Runs `action` while holding the lock file `file`, and removes the file afterwards, whatever happens. A lock whose
 * holder has ended is taken over. Two runs may, in a rare race of takeovers, both go on; what they guard must bear
 * that (the cache does: files appear by rename).
 */
export async function withFileLock<T>(
    file: string,
    action: () => Promise<T>,
    options: FileLockOptions = {},
): Promise<T> {
    const token = await whileWaiting(`the lock "${file}"`, () => acquire(file, options));
    try {
        return await action();
    } finally {
        if ((await readIfPresent(file)) === token) {
            await rm(file, { force: true });
        }
    }
}

/** Removes the lock file when this process holds it: for a process that is ending and cannot wait. */
export function abandonFileLock(file: string): void {
    try {
        if (parseHolder(fs.readFileSync(file, "utf8"))?.pid === process.pid) {
            fs.rmSync(file);
        }
    } catch {
        // There is none.
    }
}

async function acquire(file: string, options: FileLockOptions): Promise<string> {
    await mkdir(path.dirname(file), { recursive: true });
    const token = JSON.stringify({ host: os.hostname(), ...processIdentity(process.pid), id: randomUUID() });
    let told = false;
    for (;;) {
        options.signal?.throwIfAborted();
        if (await createWhole(file, token)) {
            return token;
        }
        const holder = await readIfPresent(file);
        if (holder === undefined) {
            continue;
        }
        if (await isAbandoned(file, holder)) {
            await takeOver(file, holder);
            continue;
        }
        if (!told) {
            told = true;
            options.onWait?.(describeHolder(holder));
        }
        await pause(options.pollMilliseconds ?? 200, options.signal);
    }
}

/** Creates the file with its content at once (a link to a finished file), so that nobody reads half a lock. */
async function createWhole(file: string, content: string): Promise<boolean> {
    const draft = `${file}.${randomUUID()}`;
    await writeFile(draft, content);
    try {
        await link(draft, file);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") {
            return false;
        }
        throw error;
    } finally {
        await rm(draft, { force: true });
    }
}

async function isAbandoned(file: string, content: string): Promise<boolean> {
    const holder = parseHolder(content);
    if (holder?.host === os.hostname()) {
        return !isStillRunning(holder);
    }
    const age = await stat(file).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
    );
    return age > abandonedAfter;
}

async function takeOver(file: string, expected: string): Promise<void> {
    const aside = `${file}.${randomUUID()}`;
    try {
        await rename(file, aside);
    } catch {
        return; // Somebody else took it over.
    }
    if ((await readIfPresent(aside)) !== expected) {
        // A live lock was put there between our look and the rename: give it back.
        await link(aside, file).catch(() => undefined);
    }
    await rm(aside, { force: true });
}

async function readIfPresent(file: string): Promise<string | undefined> {
    return readFile(file, "utf8").catch(() => undefined);
}

const holderSchema = z.object({ host: z.string(), pid: z.number(), started: z.string() });

function parseHolder(content: string): z.infer<typeof holderSchema> | undefined {
    try {
        return holderSchema.safeParse(JSON.parse(content)).data;
    } catch {
        return undefined; // Not JSON: no lock of ours.
    }
}

function describeHolder(content: string): string {
    const holder = parseHolder(content);
    return holder === undefined ? "an unknown process" : `process ${holder.pid} on ${holder.host}`;
}
