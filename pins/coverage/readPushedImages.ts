import type { ResolvedTag } from "../../registry/registryClient";
import type { CoverageInput, PushedImage } from "./findCoverageGaps";

/** Registries that are asked at a time. */
const CONCURRENCY = 8;

/**
 * Asks the registries what a tag that moves with every push (`latest`) leads to, in each repository that a runtime's image
 * comes from: by its pins, its releases, and `promotion.repositories`.
 *
 * @returns what was pushed, and what could not be asked. Never rejects
 */
export async function readPushedImages(
    { releases, environments }: Pick<CoverageInput, "releases" | "environments">,
    tag: string,
    resolve: (repository: string, tag: string) => Promise<ResolvedTag>,
): Promise<{ readonly pushed: readonly PushedImage[]; readonly problems: readonly string[] }> {
    const asked = new Map<string, { readonly runtime: string; readonly repository: string }>();
    const add = (runtime: string, repository: string) =>
        asked.set(`${runtime} ${repository}`, { runtime, repository });
    for (const { runtimes } of releases) {
        runtimes.forEach(({ repository }, runtime) => add(runtime, repository));
    }
    for (const { config } of environments) {
        for (const [runtime, { image }] of config.runtimes) {
            if (image !== undefined) {
                add(runtime, image.repository);
            }
        }
        for (const [runtime, repositories] of config.promotion.repositories) {
            repositories.forEach(({ repository }) => add(runtime, repository));
        }
    }
    const pushed: PushedImage[] = [];
    const problems: string[] = [];
    const queue = [...asked.values()];
    const work = async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
            const found = await resolve(next.repository, tag);
            if (found.ok) {
                pushed.push({ ...next, tag, digest: found.digest });
            } else {
                problems.push(`${next.runtime}: ${found.trouble}`);
            }
        }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return { pushed, problems };
}
