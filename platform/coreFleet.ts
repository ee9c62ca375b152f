import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Agent, type AgentArgs } from "../components/agent";
import { agentClaim } from "../components/agentClaim";
import { OWN_EVERY_FIELD, ROLLED_BY_GATE, managedLabels } from "../components/objectMetadata";
import { AGENT_SERVICE_ACCOUNT, POD_SECURITY_LABELS } from "../components/tenantGuards";
import type { AgentPlan } from "../config/agent/agentPlan";
import { neededObjects } from "../config/agent/neededObjects";
import { type PinnedReference, formatImageReference } from "../images/imageReference";
import { AGENT_CONTAINER, AGENT_DEPLOYMENT_PREFIX } from "../images/metadata";
import type { RuntimeImage } from "../images/runtimeImages";
import type { RolledAgent } from "../proof/rolledAgent";
import type { StackRollout } from "../proof/stackRollout";
import type { PlatformConfig } from "./platformConfig";

/** What the {@link CoreFleet} is made from. */
export interface CoreFleetArgs {
    readonly fleet: PlatformConfig["coreFleet"];
    /** Runtime → what it runs. Has every runtime of the fleet: the config's schema checks that. */
    readonly images: ReadonlyMap<string, pulumi.Output<RuntimeImage>>;
    /** The image that an agent is given instead, while a pause or a freeze window holds. */
    readonly keep?: (agent: string, pin: RuntimeImage) => RuntimeImage;
    /** Rolls the agents a few at a time, and proves what they run. */
    readonly rollout: StackRollout;
    /** Agent → everything that the layers say of it; without those that are managed by their image. */
    readonly plans: ReadonlyMap<string, AgentPlan>;
}

/** The platform's own agents (`agent-ceo`, `agent-cto`, …): the first that run a new release. */
export class CoreFleet extends pulumi.ComponentResource {
    public constructor(name: string, args: CoreFleetArgs, opts?: pulumi.ComponentResourceOptions) {
        super("platform:index:CoreFleet", name, {}, opts);
        const { fleet } = args;

        const ownsAgents = fleet.agents.some(({ manage }) => manage === "deployment");
        const namespace =
            (fleet.createNamespace ?? ownsAgents) && fleet.agents.length > 0
                ? new kubernetes.core.v1.Namespace(
                      name,
                      {
                          metadata: {
                              name: fleet.namespace,
                              labels: {
                                  ...managedLabels("core-fleet", fleet.namespace),
                                  ...POD_SECURITY_LABELS,
                              },
                          },
                      },
                      { parent: this, protect: true },
                  ).metadata.name
                : pulumi.output(fleet.namespace);
        const serviceAccount = ownsAgents
            ? new kubernetes.core.v1.ServiceAccount(
                  name,
                  {
                      metadata: {
                          name: AGENT_SERVICE_ACCOUNT,
                          namespace,
                          labels: managedLabels("core-fleet", fleet.namespace),
                      },
                      automountServiceAccountToken: false,
                  },
                  { parent: this },
              ).metadata.name
            : pulumi.output(AGENT_SERVICE_ACCOUNT);

        for (const agent of fleet.agents) {
            const pinned = args.images.get(agent.runtime);
            if (pinned === undefined) {
                throw new Error(
                    `The runtime "${agent.runtime}" of the core agent "${agent.name}" has no pin.`,
                );
            }
            const pin = pinned.apply((value) => args.keep?.(agent.name, value) ?? value);
            const rolled: RolledAgent = {
                name: `agent-${agent.name}`,
                agent: agent.name,
                runtime: agent.runtime,
                namespace: fleet.namespace,
                deployment: `${AGENT_DEPLOYMENT_PREFIX}${agent.name}`,
                follows: true,
                needs: neededObjects(args.plans.get(agent.name) ?? { profile: {} }),
            };
            args.rollout.roll(rolled, pin.image, (image) =>
                agent.manage === "image"
                    ? setImage(`core-${agent.name}`, agent.name, namespace, image, this)
                    : declareAgent(args.plans.get(agent.name), this, {
                          name: agent.name,
                          namespace,
                          runtime: agent.runtime,
                          image,
                          source: "pin",
                          release: pin.release,
                          serviceAccountName: serviceAccount,
                      }).deployment,
            );
        }

        this.registerOutputs({});
    }
}

/** An agent that the platform owns whole, and its claims. */
function declareAgent(
    plan: AgentPlan | undefined,
    parent: pulumi.Resource,
    args: Omit<AgentArgs, "plan">,
): Agent {
    if (plan === undefined) {
        throw new Error(`The core agent "${args.name}" has no plan.`);
    }
    const { namespace } = args;
    const claims = plan.claims.map((claim) =>
        agentClaim({ owner: "core", namespace, claim, protect: true }, parent),
    );
    return new Agent(`core-${args.name}`, { ...args, plan }, { parent, dependsOn: claims });
}

/** Owns one field of somebody else's Deployment. By force, since whoever set the image before is its field manager. */
function setImage(
    name: string,
    agent: string,
    namespace: pulumi.Input<string>,
    image: pulumi.Output<PinnedReference>,
    parent: pulumi.Resource,
): kubernetes.apps.v1.DeploymentPatch {
    return new kubernetes.apps.v1.DeploymentPatch(
        name,
        {
            metadata: {
                name: `${AGENT_DEPLOYMENT_PREFIX}${agent}`,
                namespace,
                annotations: { ...OWN_EVERY_FIELD, ...ROLLED_BY_GATE },
            },
            spec: {
                template: {
                    spec: {
                        containers: [
                            {
                                name: AGENT_CONTAINER,
                                image: image.apply((value) => formatImageReference(value)),
                            },
                        ],
                    },
                },
            },
        },
        // Letting go of the field would leave a Deployment without an image.
        { parent, retainOnDelete: true },
    );
}
