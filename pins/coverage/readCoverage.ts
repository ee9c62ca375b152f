import * as path from "node:path";
import { type LoadedStacks, loadStacks } from "../../config/loadStacks";
import { agentsOf } from "../../config/orgSpec";
import { readVetoes } from "../../config/vetoes";
import { listNames } from "../../lib/system/listNames";
import { followedEnvironment, listEnvironments, readEnvironments } from "../environment";
import { readRelease } from "../release/release";
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
    const directory = path.join(root, RELEASES_DIRECTORY);
    const recorded = listNames(directory, /\.(json|ya?ml)$/).map((name) => path.join(directory, name));
    const releases = [...recorded, ...files].flatMap((file): Release[] => {
        const { release, problems: found } = readRelease(file);
        problems.push(...found.map((problem) => problem.replace(`${root}${path.sep}`, "")));
        return release === undefined ? [] : [release];
    });
    if (releases.length === 0 && problems.length === 0) {
        problems.push(
            `there is no release in ${RELEASES_DIRECTORY}/, and none was named with --release; expected what "fleet release add" wrote`,
        );
    }
    const { environments, problems: unread } = readEnvironments(root);
    const vetoes = readVetoes(root);
    const { stacks, problems: unloaded } = loadStacks(root);
    problems.push(...unread, ...vetoes.problems, ...unloaded);
    const used = findUsed(stacks, listEnvironments(root), problems);
    return { input: { releases, environments, used, vetoes }, stacks, problems };
}

/** The agents of customers and what they run, by the stacks' files and their orgs. */
function findUsed(
    stacks: LoadedStacks["stacks"],
    environments: readonly string[],
    problems: string[],
): readonly UsedRuntime[] {
    return [...stacks].flatMap(([stack, { orgs }]) => {
        const followed = followedEnvironment(stack, stacks, environments);
        if (followed.problem !== undefined) {
            problems.push(followed.problem);
            return [];
        }
        const { environment } = followed;
        return orgs.flatMap((org) =>
            agentsOf(org).map(({ name, runtime }) => {
                return { environment, runtime, agents: [`${org.slug}/${name}`] };
            }),
        );
    });
}
