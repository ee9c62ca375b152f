import * as fs from "node:fs";
import { access } from "node:fs/promises";
import * as path from "node:path";
import { binaries, binaryVersion, cachedBinaryPath, type BinaryName } from "./binaries";
import { cacheDirectory } from "../../lib/system/cacheDirectory";
import { hostPlatform } from "./hostPlatform";
import { runCommand } from "../../lib/system/runCommand";

/** Where binaries are looked for. */
export interface FindBinaryOptions {
    readonly signal?: AbortSignal;
    /** The cache folder; `cacheDirectory()` by default. */
    readonly cache?: string;
    /** Folders that are searched first, as in PATH, which is the default. */
    readonly searchPath?: string;
}

/** What was found: the path of a binary that can be used, or what was looked at in vain. */
export type FoundBinary =
    | { readonly path: string }
    | { readonly path: undefined; readonly cached: string; readonly tried: readonly string[] };

/**
 * Looks for a binary on PATH, where it must answer with the wanted major and minor version, then in the cache, where
 * only binaries that did so are put. Of one that is not found, `cached` is the path it is to be put at.
 *
 * @throws Error on a platform that has no control plane.
 */
export async function findBinary(
    name: BinaryName,
    { signal, cache = cacheDirectory(), searchPath = process.env["PATH"] ?? "" }: FindBinaryOptions = {},
): Promise<FoundBinary> {
    const tried: string[] = [];
    const directories = binaries[name].versionArgs.length === 0 ? [] : searchPath.split(path.delimiter);
    for (const directory of directories.filter((entry) => path.isAbsolute(entry))) {
        const candidate = path.join(directory, name);
        if (await isExecutable(candidate)) {
            try {
                await assertVersion(candidate, name, signal);
                return { path: candidate };
            } catch (error) {
                signal?.throwIfAborted();
                tried.push((error as Error).message);
            }
        }
    }
    if (tried.length === 0 && binaries[name].versionArgs.length > 0) {
        tried.push(`${name} is not on PATH`);
    }
    const cached = cachedBinaryPath(cache, name, hostPlatform());
    return (await isExecutable(cached)) ? { path: cached } : { path: undefined, cached, tried };
}

/**
 * Asks a binary for its version.
 *
 * @throws Error when it does not answer, or with another major or minor version than the wanted one.
 */
export async function assertVersion(path: string, name: BinaryName, signal?: AbortSignal): Promise<void> {
    const { versionArgs } = binaries[name];
    if (versionArgs.length === 0) {
        return; // It cannot tell; its place in the cache does.
    }
    const { stdout: output } = await runCommand(path, versionArgs, { timeout: 20_000, signal });
    const answered = /\bv?(\d+\.\d+)\.\d+/.exec(output);
    const wanted = binaryVersion(name).slice(1).split(".").slice(0, 2).join(".");
    if (answered?.[1] !== wanted) {
        throw new Error(`${path} is "${answered?.[0] ?? output.trim().slice(0, 60)}": expected ${wanted}`);
    }
}

async function isExecutable(path: string): Promise<boolean> {
    return access(path, fs.constants.X_OK).then(
        () => true,
        () => false,
    );
}
