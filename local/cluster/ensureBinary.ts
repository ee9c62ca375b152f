import { randomUUID } from "node:crypto";
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import * as path from "node:path";
import { binaryVersion, type BinaryName } from "./binaries";
import { withFileLock } from "../../lib/system/fileLock";
import { assertVersion, findBinary, type FindBinaryOptions } from "./findBinary";
import { goBuild } from "./goBuild";
import { hostPlatform } from "./hostPlatform";
import { officialRelease, type ReleaseHosts } from "./officialRelease";
import { runCommand } from "../../lib/system/runCommand";
import { downloadVerified } from "./verifiedDownload";

/** How a binary is had. */
export interface EnsureBinaryOptions extends FindBinaryOptions {
    /** Called with a line whenever something slow begins, goes on or ends. Nothing is logged for what is there. */
    readonly log?: (line: string) => void;
    /** Where releases are published; the official hosts by default. */
    readonly hosts?: ReleaseHosts;
    /** Builds from source; `goBuild` by default. */
    readonly build?: typeof goBuild;
}

/**
 * The absolute path of a binary that works: from PATH when its version fits, else from the cache, else downloaded with
 * its published checksum verified, else built from its Go module. Runs that start together share the work.
 *
 * @throws Error that lists what was tried, why each way failed and what to install.
 */
export async function ensureBinary(name: BinaryName, options: EnsureBinaryOptions = {}): Promise<string> {
    const { log = () => undefined, signal } = options;
    const found = await findBinary(name, options);
    if (found.path !== undefined) {
        return found.path;
    }
    return withFileLock(
        `${found.cached}.lock`,
        async () => {
            const meanwhile = await findBinary(name, options);
            return meanwhile.path ?? obtain(name, meanwhile.cached, meanwhile.tried, options);
        },
        {
            onWait: (holder) => {
                log(`waiting for ${name}: ${holder} is fetching or building it`);
            },
            signal,
        },
    );
}

/**
 * The paths of several binaries, had one after the other.
 *
 * @throws Error of the first one that cannot be had, with the names of those that would be missing after it.
 */
export async function ensureBinaries<Name extends BinaryName>(
    names: readonly Name[],
    options: EnsureBinaryOptions = {},
): Promise<Record<Name, string>> {
    const paths: [Name, string][] = [];
    for (const [index, name] of names.entries()) {
        try {
            paths.push([name, await ensureBinary(name, options)]);
        } catch (error) {
            options.signal?.throwIfAborted();
            const missing: Name[] = [];
            for (const other of names.slice(index + 1)) {
                if ((await findBinary(other, options)).path === undefined) {
                    missing.push(other);
                }
            }
            const also =
                missing.length === 0 ? "" : `\nAlso missing, and not tried yet: ${missing.join(", ")}.`;
            throw new Error(`${(error as Error).message}${also}`, { cause: error });
        }
    }
    return Object.fromEntries(paths) as Record<Name, string>;
}

/** Puts the binary at `cached`, whole or not at all. */
async function obtain(
    name: BinaryName,
    cached: string,
    lookedAt: readonly string[],
    { log = () => undefined, signal, hosts, build = goBuild }: EnsureBinaryOptions,
): Promise<string> {
    const directory = path.dirname(cached);
    await mkdir(directory, { recursive: true });
    const draft = path.join(directory, `.${name}.${randomUUID()}`);
    const tried = [...lookedAt];
    const ways = [
        async () => download(name, draft, { log, hosts, signal }),
        async () => build(name, draft, { log, signal }),
    ];
    try {
        for (const way of ways) {
            try {
                await way();
                await chmod(draft, 0o755);
                await assertVersion(draft, name, signal);
                await rename(draft, cached);
                return cached;
            } catch (error) {
                signal?.throwIfAborted();
                tried.push((error as Error).message);
            }
        }
    } finally {
        await rm(draft, { force: true });
    }
    const reasons = tried.map((reason) => `  - ${reason.replaceAll("\n", "\n    ")}`).join("\n");
    throw new Error(
        `cannot get ${name} ${binaryVersion(name)}. Tried:\n${reasons}\n` +
            `Install ${name} on PATH, or Go 1.26 or later to have it built (https://go.dev/dl).`,
    );
}

interface DownloadOptions {
    readonly log: (line: string) => void;
    readonly hosts: ReleaseHosts | undefined;
    readonly signal: AbortSignal | undefined;
}

async function download(
    name: BinaryName,
    draft: string,
    { log, hosts, signal }: DownloadOptions,
): Promise<void> {
    const platform = hostPlatform();
    const release = officialRelease(name, platform, hosts);
    if (release === undefined) {
        throw new Error(`there is no official release of ${name} for ${platform.os}/${platform.arch}`);
    }
    log(`downloading ${name} ${binaryVersion(name)} from ${new URL(release.url).host}`);
    if (release.member === undefined) {
        await downloadVerified(release, draft, signal);
        return;
    }
    const archive = `${draft}.archive`;
    const unpacked = `${draft}.unpacked`;
    try {
        await downloadVerified(release, archive, signal);
        await mkdir(unpacked);
        // macOS' tar reads zip files too, and only there the archive is one.
        await runCommand("tar", ["-xf", archive, "-C", unpacked, release.member], { signal });
        await rename(path.join(unpacked, release.member), draft);
    } finally {
        await rm(archive, { force: true });
        await rm(unpacked, { recursive: true, force: true });
    }
}
