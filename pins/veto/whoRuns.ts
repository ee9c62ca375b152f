import * as path from "node:path";
import { ConfigError } from "../../lib/text/configError";
import { loadStack } from "../../config/loadStack";
import { listStacks, readStackFile } from "../../config/readStackFile";
import { environmentFile, listEnvironments, readEnvironment } from "../environment";
import { digestOf } from "../../images/imageReference";

/** Someone who is to run an image, by what the files say. */
export interface Runner {
    /** `pin`: a runtime's pin. `core`: an agent of the platform's own. `org`: a customer's agent. */
    readonly kind: "pin" | "core" | "org";
    /** `prod/platform-agent`, `prod/agent-ceo`, `prod/acme/main`. */
    readonly name: string;
    /** The file where it is said. */
    readonly file: string;
    /** Why: `pin`, or whose override. */
    readonly source: string;
}

/** Who runs a digest, and what could not be read to find out. */
export interface WhoRuns {
    readonly runners: readonly Runner[];
    readonly problems: readonly string[];
}

/** Finds everything that the checkout's files put on a digest: pins, core agents and customers' agents in every stack. */
export function whoRuns(root: string, digest: string): WhoRuns {
    const runners: Runner[] = [];
    const problems: string[] = [];
    const pinned = new Map<string, ReadonlySet<string>>();
    for (const name of listEnvironments(root)) {
        const read = readEnvironment(root, name);
        if (!read.ok) {
            problems.push(...read.problems);
            continue;
        }
        const { runtimes, coreFleet } = read.environment.config;
        const file = environmentFile(name);
        const hit = [...runtimes].flatMap(([runtime, { image }]) =>
            image !== undefined && digestOf(image) === digest ? [runtime] : [],
        );
        pinned.set(name, new Set(hit));
        runners.push(
            ...hit.map((runtime): Runner => ({
                kind: "pin",
                name: `${name}/${runtime}`,
                file,
                source: "pin",
            })),
        );
        const agents = coreFleet.agents.filter(({ runtime }) => hit.includes(runtime));
        runners.push(
            ...agents.map(({ name: agent }): Runner => ({
                kind: "core",
                name: `${name}/agent-${agent}`,
                file,
                source: "pin",
            })),
        );
    }
    for (const stack of listStacks(root)) {
        try {
            const { config, orgs } = loadStack(readStackFile(root, ".", stack), stack, root);
            const environment = config.referenceStack.split("/").at(-1) ?? "";
            for (const org of orgs) {
                for (const agent of org.offboarding === undefined ? org.agents : []) {
                    const found =
                        agent.imageOverride ??
                        org.imageOverrides?.get(agent.runtime) ??
                        config.imageOverrides.get(agent.runtime);
                    const runs =
                        found === undefined
                            ? pinned.get(environment)?.has(agent.runtime) === true
                            : digestOf(found.image) === digest;
                    if (runs) {
                        const file = path.posix.join(config.orgs, `${org.slug}.yaml`);
                        const source = found === undefined ? "pin" : `override of ${found.owner}`;
                        runners.push({
                            kind: "org",
                            name: `${stack}/${org.slug}/${agent.name}`,
                            file,
                            source,
                        });
                    }
                }
            }
        } catch (error) {
            if (!(error instanceof ConfigError)) {
                throw error;
            }
            problems.push(...error.problems);
        }
    }
    return { runners, problems };
}
