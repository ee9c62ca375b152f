import { type DeployedAgent, readDeployedAgents } from "../../config/describeAgents";
import type { CoreFleetPlan } from "../../engine/coreFleet";
import type { StackState, StateDeployment } from "../../engine/stackState";
import {
    AGENT_CONTAINER,
    AGENT_DEPLOYMENT_PREFIX,
    ANNOTATIONS,
    ORG_NAMESPACE_PREFIX,
    labelledRuntime,
} from "../../images/metadata";
import { CORE_FLEET } from "./fleetFacts";

/**
 * What a stack has deployed of its orgs: by its resources where its state was read, since an update that fails in part writes no
 * outputs; else by its output `agents`.
 *
 * @throws MendableError when there are outputs alone and they do not tell
 */
export function readOrgsDeployed(
    { outputs, deployments }: StackState,
    stack: string,
): readonly DeployedAgent[] {
    const { agents } = outputs;
    if (deployments === undefined) {
        return readDeployedAgents(agents, stack);
    }
    // What an older program's Deployments do not say of themselves, the outputs may.
    const said = agents === undefined ? [] : readDeployedAgents(agents, stack);
    return deployments.flatMap((deployment) => {
        const org = deployment.namespace.slice(ORG_NAMESPACE_PREFIX.length);
        const agent = deployment.name.slice(AGENT_DEPLOYMENT_PREFIX.length);
        const before = said.find((each) => each.org === org && each.agent === agent);
        const isOrg = deployment.namespace.startsWith(ORG_NAMESPACE_PREFIX);
        return isOrg ? describe(deployment, { stack, org, agent, runtime: before?.runtime ?? "" }) : [];
    });
}

/** What a platform's stack has deployed of its core fleet; `undefined` where its resources were not read. */
export function readCoreDeployed(
    { deployments }: StackState,
    stack: string,
    { namespace, agents }: CoreFleetPlan,
): readonly DeployedAgent[] | undefined {
    return deployments?.flatMap((deployment) => {
        const agent = deployment.name.slice(AGENT_DEPLOYMENT_PREFIX.length);
        const runtime = agents.find(({ name }) => name === agent)?.runtime ?? "";
        return deployment.namespace === namespace
            ? describe(deployment, { stack, org: CORE_FLEET, agent, runtime })
            : [];
    });
}

function describe(
    { name, labels, annotations, containers }: StateDeployment,
    whose: Pick<DeployedAgent, "stack" | "org" | "agent" | "runtime">,
): readonly DeployedAgent[] {
    const image = containers.find((each) => each.name === AGENT_CONTAINER)?.image;
    return image === undefined || !name.startsWith(AGENT_DEPLOYMENT_PREFIX)
        ? []
        : [
              {
                  ...whose,
                  runtime: labelledRuntime(labels) ?? whose.runtime,
                  image,
                  containers,
                  source: annotations[ANNOTATIONS.imageSource] ?? "pin",
                  release: annotations[ANNOTATIONS.release],
                  heldUntil: annotations[ANNOTATIONS.overrideExpires],
                  heldBy: annotations[ANNOTATIONS.overrideOwner],
              },
          ];
}
