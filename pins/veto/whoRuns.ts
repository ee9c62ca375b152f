import * as path from "node:path";
import { chainOf, loadStacks } from "../../config/loadStacks";
import { agentsOf } from "../../config/orgSpec";
import { type ImageChoice, chooseImage } from "../../images/chooseImage";
import type { ImageReference } from "../../images/imageReference";
import { environmentFile, listEnvironments, readEnvironment } from "../environment";

/** Someone who is to run an image, by what the files say. */
export interface Runner {
    /** `pin`: a runtime's pin. `core`: an agent of the platform's own. `org`: a customer's agent. */
    readonly kind: "pin" | "core" | "org";
    /** `prod/platform-agent`, `prod/agent-ceo`, `prod/acme/main`. */
    readonly name: string;
    /** The file where it is said. */
    readonly file: string;
    /** Why: `pin`, `last-resort`, or whose override. */
    readonly source: string;
}

/** Who runs a digest, and what could not be read to find out. */
export interface WhoRuns {
    readonly runners: readonly Runner[];
    readonly problems: readonly string[];
}

/** Finds everything that the checkout's files put on a digest: pins, core agents and customers' agents in every stack. */
export function whoRuns(root: string, digest: string, now: Date): WhoRuns {
    const runners: Runner[] = [];
    const problems: string[] = [];
    const pinsOf = new Map<string, ReadonlyMap<string, { readonly image: ImageReference }>>();
    const environments = listEnvironments(root);
    for (const name of environments) {
        const read = readEnvironment(root, name);
        if (!read.ok) {
            problems.push(...read.problems);
            continue;
        }
        const { runtimes, coreFleet } = read.environment.config;
        const pins = new Map(
            [...runtimes].flatMap(([runtime, { image }]) =>
                image === undefined ? [] : [[runtime, { image }] as const],
            ),
        );
        pinsOf.set(name, pins);
        const add = (kind: Runner["kind"], what: string, runtime: string) => {
            if (pins.get(runtime)?.image.digest === digest) {
                runners.push({ kind, name: `${name}/${what}`, file: environmentFile(name), source: "pin" });
            }
        };
        for (const runtime of pins.keys()) {
            add("pin", runtime, runtime);
        }
        for (const agent of coreFleet.agents) {
            add("core", `agent-${agent.name}`, agent.runtime);
        }
    }
    const { stacks, problems: unread } = loadStacks(root);
    problems.push(...unread);
    for (const [stack, { config, orgs }] of stacks) {
        const { end } = chainOf(stack, stacks);
        if (!end.ok) {
            problems.push(end.problem);
        } else if (!environments.includes(end.environment)) {
            problems.push(
                `Pulumi.${stack}.yaml: it follows the platform's "${end.environment}"; expected ${environmentFile(end.environment)}`,
            );
        }
        const pins = (end.ok ? pinsOf.get(end.environment) : undefined) ?? new Map<string, never>();
        for (const org of orgs) {
            for (const agent of agentsOf(org)) {
                const answer = chooseImage({ org, agent, stack: config, pins, now });
                // An override that is refused may hold its agent all the same: the program refuses to change anything.
                const { image, source, override }: Partial<ImageChoice> = answer.ok
                    ? answer.choice
                    : { ...answer.override, override: answer.override };
                if (image?.digest === digest) {
                    runners.push({
                        kind: "org",
                        name: `${stack}/${org.slug}/${agent.name}`,
                        file: path.posix.join(config.orgs, `${org.slug}.yaml`),
                        source: override === undefined ? (source ?? "pin") : `override of ${override.owner}`,
                    });
                }
            }
        }
    }
    return { runners, problems };
}
