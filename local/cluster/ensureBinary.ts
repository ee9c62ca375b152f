import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, mkdir, rename, rm } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { binaries, binaryVersion, cachedBinaryPath, type BinaryName } from "./binaries";
import { cacheDirectory } from "./cacheDirectory";
import { withFileLock } from "./fileLock";
import { goBuild } from "./goBuild";
import { hostPlatform } from "./hostPlatform";
import { officialRelease, type ReleaseHosts } from "./officialRelease";
import { runCommand } from "./runCommand";
import { downloadVerified } from "./verifiedDownload";

/** How a binary is had. */
export interface EnsureBinaryOptions {
    /** Called with a line whenever something slow begins, goes on or ends. Nothing is logged for what is there. */
    readonly log?: (line: string) => void;
    readonly signal?: AbortSignal | undefined;
    /** The cache folder; `cacheDirectory()` by default. */
    readonly cache?: string;
    /** Folders that are searched for a binary; PATH by default. */
    readonly searchPath?: string;
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
    const tried: string[] = [];
    const found = await findOnPath(name, options.searchPath ?? process.env["PATH"] ?? "", tried, signal);
    if (found !== undefined) {
        return found;
    }
    const cached = cachedBinaryPath(options.cache ?? cacheDirectory(), name, hostPlatform());
    if (await isExecutable(cached)) {
        return cached;
    }
    return withFileLock(
        `${cached}.lock`,
        async () => {
            if (!(await isExecutable(cached))) {
                await fetchInto(cached, name, tried, options);
            }
            return cached;
        },
        {
            onWait: (holder) => {
                log(`waiting for ${name}: ${holder} is fetching or building it`);
            },
            signal,
        },
    );
}

/** Puts the binary at `cached`, whole or not at all. */
async function fetchInto(
    cached: string,
    name: BinaryName,
    tried: string[],
    { log = () => undefined, signal, hosts, build = goBuild }: EnsureBinaryOptions,
): Promise<void> {
    const directory = dirname(cached);
    await mkdir(directory, { recursive: true });
    const draft = join(directory, `.${name}.${randomUUID()}`);
    try {
        const ways = [
            () => download(name, draft, log, hosts, signal),
            () => build(name, draft, { log, signal }),
        ];
        for (const way of ways) {
            try {
                await way();
                await chmod(draft, 0o755);
                await assertVersion(draft, name, signal);
                await rename(draft, cached);
                return;
            } catch (error) {
                signal?.throwIfAborted();
                tried.push((error as Error).message);
            }
        }
    } finally {
        await rm(draft, { recursive: true, force: true });
    }
    const reasons = tried.map((reason) => `  - ${reason.replaceAll("\n", "\n    ")}`).join("\n");
    throw new Error(
        `cannot get ${name} ${binaryVersion(name)}. Tried:\n${reasons}\n` +
            `Install ${name} on PATH, or Go 1.26 or later to have it built (https://go.dev/dl).`,
    );
}

async function download(
    name: BinaryName,
    draft: string,
    log: (line: string) => void,
    hosts: ReleaseHosts | undefined,
    signal: AbortSignal | undefined,
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
        await rename(join(unpacked, release.member), draft);
    } finally {
        await rm(archive, { force: true });
        await rm(unpacked, { recursive: true, force: true });
    }
}

async function findOnPath(
    name: BinaryName,
    searchPath: string,
    tried: string[],
    signal: AbortSignal | undefined,
): Promise<string | undefined> {
    for (const directory of searchPath.split(delimiter).filter((entry) => isAbsolute(entry))) {
        const candidate = join(directory, name);
        if (await isExecutable(candidate)) {
            try {
                await assertVersion(candidate, name, signal);
                return candidate;
            } catch (error) {
                signal?.throwIfAborted();
                tried.push((error as Error).message);
            }
        }
    }
    if (tried.length === 0) {
        tried.push(`${name} is not on PATH`);
    }
    return undefined;
}

/** Refuses a binary that does not answer with the wanted major and minor version. */
async function assertVersion(path: string, name: BinaryName, signal: AbortSignal | undefined): Promise<void> {
    const output = await runCommand(path, binaries[name].versionArgs, {
        timeout: 20_000,
        signal,
    });
    const answered = /\bv?(\d+\.\d+)\.\d+/.exec(output);
    const wanted = binaryVersion(name).slice(1).split(".").slice(0, 2).join(".");
    if (answered?.[1] !== wanted) {
        throw new Error(`${path} is "${answered?.[0] ?? output.trim().slice(0, 60)}": expected ${wanted}`);
    }
}

async function isExecutable(path: string): Promise<boolean> {
    return access(path, constants.X_OK).then(
        () => true,
        () => false,
    );
}
