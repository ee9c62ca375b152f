import * as fs from "node:fs";
import * as path from "node:path";
import { type LoadedStacks, chainOf, loadStacks } from "../../config/loadStacks";
import { agentsOf } from "../../config/orgSpec";
import { readVetoes } from "../../config/vetoes";
import { type Environment, environmentFile, listEnvironments, readEnvironment } from "../environment";
import { readRelease } from "../release/readRelease";
import type { Release } from "../release/release";
import type { CoverageInput, UsedRuntime } from "./findCoverageGaps";

/** The folder of the releases that were published, from the root: one file each. */
const RELEASES_DIRECTORY = "releases";

/** What was read, and what could not be. */
export interface ReadCoverage {
    readonly input: Pick<CoverageInput, "releases" | "environments" | "used" | "vetoes">;
    readonly stacks: LoadedStacks["stacks"];
    readonly problems: readonly string[];
}

/**
 * Reads releases, environments and orgs from a checkout.
 *
 * @param files release files besides those of the folder
 */
export function readCoverage(root: string, files: readonly string[]): ReadCoverage {
    const problems: string[] = [];
    const releases = [...releaseFiles(root), ...files].flatMap((file): Release[] => {
        const { release, problems: found } = readRelease(file);
        problems.push(...found.map((problem) => problem.replace(`${root}${path.sep}`, "")));
        return release === undefined ? [] : [release];
    });
    if (releases.length === 0 && problems.length === 0) {
        problems.push(
            `there is no release in ${RELEASES_DIRECTORY}/, and none was named with --release; expected what "fleet release add" wrote`,
        );
    }
    const environments = listEnvironments(root).flatMap((name): Environment[] => {
        const read = readEnvironment(root, name);
        problems.push(...(read.ok ? [] : read.problems));
        return read.ok ? [read.environment] : [];
    });
    const vetoes = readVetoes(root);
    problems.push(...vetoes.problems);
    const { stacks, problems: unread } = loadStacks(root);
    problems.push(...unread);
    const used = findUsed(stacks, listEnvironments(root), problems);
    return { input: { releases, environments, used, vetoes }, stacks, problems };
}

function releaseFiles(root: string): readonly string[] {
    const directory = path.join(root, RELEASES_DIRECTORY);
    return fs.existsSync(directory)
        ? fs
              .readdirSync(directory)
              .filter((name) => /\.(json|ya?ml)$/.test(name))
              .sort()
              .map((name) => path.join(directory, name))
        : [];
}

/** Environment and runtime → the agents of customers that run it, by the stacks' files and their orgs. */
function findUsed(
    stacks: LoadedStacks["stacks"],
    environments: readonly string[],
    problems: string[],
): readonly UsedRuntime[] {
    const used = new Map<string, { environment: string; runtime: string; agents: string[] }>();
    for (const [stack, { orgs }] of stacks) {
        const { end } = chainOf(stack, stacks);
        if (!end.ok || !environments.includes(end.environment)) {
            problems.push(
                end.ok
                    ? `Pulumi.${stack}.yaml: it follows the platform's "${end.environment}"; expected ${environmentFile(end.environment)}`
                    : end.problem,
            );
            continue;
        }
        const { environment } = end;
        for (const org of orgs) {
            for (const { name, runtime } of agentsOf(org)) {
                const key = `${environment} ${runtime}`;
                const entry = used.get(key) ?? { environment, runtime, agents: [] };
                entry.agents.push(`${org.slug}/${name}`);
                used.set(key, entry);
            }
        }
    }
    return [...used.values()];
}
