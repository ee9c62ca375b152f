import { requiredBinaries, type BinaryName } from "./binaries";
import { findBinary } from "./findBinary";
import { goVersion } from "./goBuild";
import { hostPlatform } from "./hostPlatform";
import { officialRelease } from "./officialRelease";
import { publishedChecksum } from "./verifiedDownload";

/** Whether a cluster can be started on this machine, and why not. */
export type ClusterAbility = { readonly able: true } | { readonly able: false; readonly why: string };

/**
 * Whether `startCluster` has a chance here. It looks at what is there, and downloads and builds nothing: "able" may
 * still mean a build of ten minutes.
 */
export async function canRunCluster(cache?: string): Promise<ClusterAbility> {
    try {
        const missing: BinaryName[] = [];
        for (const name of requiredBinaries) {
            const { path } = await findBinary(name, { cache });
            if (path === undefined) {
                missing.push(name);
            }
        }
        if (missing.length > 0) {
            await assertObtainable(missing);
        }
        return { able: true };
    } catch (error) {
        return { able: false, why: (error as Error).message };
    }
}

async function assertObtainable(missing: readonly BinaryName[]): Promise<void> {
    let noGo: Error;
    try {
        await goVersion();
        return;
    } catch (error) {
        noGo = error as Error;
    }
    for (const name of missing) {
        const release = officialRelease(name, hostPlatform());
        if (release === undefined) {
            throw new Error(`${name} is published for Linux only, and ${noGo.message}`);
        }
        try {
            await publishedChecksum(release);
        } catch (error) {
            throw new Error(
                `${name} cannot be downloaded (${(error as Error).message}), and ${noGo.message}`,
                {
                    cause: error,
                },
            );
        }
    }
}
