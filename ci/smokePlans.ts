import * as path from "node:path";
import type { AgentPlan } from "../config/agent/agentPlan";
import { planAgent } from "../config/agent/planAgent";
import { readSharedRuntimes } from "../config/loadStack";
import { loadNamedStack } from "../config/loadStacks";
import { agentsOf } from "../config/orgSpec";
import { PROJECT_FILE } from "../config/projectFile";
import { listStacks, readStackFile } from "../config/readStackFile";
import { loadPlatform, PLATFORM_DIRECTORY } from "../platform/loadPlatform";

/** An agent that a release of its runtime rolls. */
export interface SmokedAgent {
    /** `prod: acme/coder`, `platform/prod: ceo`; `Pulumi.yaml` where a runtime has no agent yet. */
    readonly who: string;
    /** The user that it is told to run as, where it is. */
    readonly runAsUser?: number;
    /** Paths that its image must have. */
    readonly bootGate: readonly string[];
}

/**
 * Every agent of a runtime, by the files of a checkout: of all stacks with their orgs, and of the platform's own. A runtime that nobody has
 * yet is planned as Pulumi.yaml and the program themselves say.
 *
 * @throws ConfigError where a file cannot be used
 */
export function smokedAgents(root: string, runtime: string): readonly SmokedAgent[] {
    const customers = listStacks(root).flatMap((stack) => {
        const { orgs, plans } = loadNamedStack(root, stack);
        return orgs.flatMap((org) =>
            agentsOf(org)
                .filter((agent) => agent.runtime === runtime)
                .flatMap(({ name }): SmokedAgent[] => {
                    const plan = plans.get(org.slug)?.get(name);
                    return plan === undefined ? [] : [smoked(`${stack}: ${org.slug}/${name}`, plan)];
                }),
        );
    });
    const core = listStacks(path.join(root, PLATFORM_DIRECTORY)).flatMap((stack) => {
        const { coreFleet, plans } = loadPlatform(readStackFile(root, PLATFORM_DIRECTORY, stack), stack);
        return coreFleet.agents
            .filter((agent) => agent.runtime === runtime)
            .flatMap(({ name }): SmokedAgent[] => {
                const plan = plans.get(name);
                return plan === undefined ? [] : [smoked(`${PLATFORM_DIRECTORY}/${stack}: ${name}`, plan)];
            });
    });
    const agents = [...customers, ...core];
    if (agents.length > 0) {
        return agents;
    }
    const profile = readSharedRuntimes(root).get(runtime) ?? {};
    const layers = [{ origin: { layer: "runtime", file: PROJECT_FILE }, profile }] as const;
    return [smoked(PROJECT_FILE, planAgent("smoke", runtime, layers))];
}

function smoked(who: string, { profile, bootGate }: AgentPlan): SmokedAgent {
    return { who, runAsUser: profile.securityContext?.runAsUser, bootGate };
}
