import { type LoadedStacks, loadStacks } from "../../config/loadStacks";
import { agentsOf } from "../../config/orgSpec";
import { readVetoes } from "../../config/vetoes";
import { followedEnvironment, listEnvironments, readEnvironments } from "../environment";
import { RELEASES_DIRECTORY, readReleases } from "../release/release";
import type { CoverageInput, UsedRuntime } from "./findCoverageGaps";

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
    const recorded = readReleases(root, files);
    const { releases } = recorded;
    const problems = [...recorded.problems];
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
