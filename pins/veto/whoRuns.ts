import * as path from "node:path";
import { loadStacks } from "../../config/loadStacks";
import { agentsOf } from "../../config/orgSpec";
import { type ImageChoice, chooseImage } from "../../images/chooseImage";
import { type ImageReference, formatImageReference } from "../../images/imageReference";
import { environmentFile, followedEnvironment, listEnvironments, readEnvironments } from "../environment";

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
    /** What only a cluster can tell, a line each. */
    readonly untold: readonly string[];
}

/** Finds everything that the checkout's files put on a digest: pins, core agents and customers' agents in every stack. */
export function whoRuns(root: string, digest: string, now: Date): WhoRuns {
    const runners: Runner[] = [];
    const { environments, problems: unreadable } = readEnvironments(root);
    const { stacks, problems: unread } = loadStacks(root);
    const problems = [...unreadable, ...unread];
    const pinsOf = new Map<string, ReadonlyMap<string, { readonly image: ImageReference }>>();
    const untold: string[] = [];
    const byTag = (file: string, what: string, image: ImageReference | undefined) => {
        if (image !== undefined && image.digest === undefined) {
            problems.push(
                `${file}: ${what} is "${formatImageReference(image)}": which digest that is, no file tells; expected "repository@sha256:…"`,
            );
        }
    };
    for (const { name, config } of environments) {
        const { runtimes, coreFleet } = config;
        for (const [runtime, { image }] of runtimes) {
            byTag(environmentFile(name), `the pin of ${runtime}`, image);
            if (image === undefined) {
                untold.push(
                    `${environmentFile(name)}: ${runtime} follows a live Deployment, which no file tells`,
                );
            }
        }
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
    for (const [stack, { config, orgs }] of stacks) {
        const followed = followedEnvironment(stack, stacks, listEnvironments(root));
        if (followed.problem !== undefined) {
            problems.push(followed.problem);
        }
        const pins =
            (followed.problem === undefined ? pinsOf.get(followed.environment) : undefined) ??
            new Map<string, never>();
        for (const org of orgs) {
            for (const agent of agentsOf(org)) {
                const answer = chooseImage({ org, agent, stack: config, pins, now });
                // An override that is refused may hold its agent all the same: the program refuses to change anything.
                const { image, source, override }: Partial<ImageChoice> = answer.ok
                    ? answer.choice
                    : { ...answer.override, override: answer.override };
                const file = path.posix.join(config.orgs, `${org.slug}.yaml`);
                if (source !== "pin") {
                    byTag(file, `the image of ${agent.name}`, image);
                }
                if (image?.digest === digest) {
                    runners.push({
                        kind: "org",
                        name: `${stack}/${org.slug}/${agent.name}`,
                        file,
                        source: override === undefined ? (source ?? "pin") : `override of ${override.owner}`,
                    });
                }
            }
        }
    }
    return { runners, problems, untold };
}
