import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { OrgImages } from "../config/chooseAgentImages";
import type { AgentPlan } from "../config/agent/agentPlan";
import { neededObjects } from "../config/agent/neededObjects";
import type { AgentSpec } from "../config/agentSpec";
import type { ExternalSecrets } from "../config/externalSecrets";
import type { Network } from "../config/network";
import type { StackConfig } from "../config/stackConfig";
import {
    AGENT_DEPLOYMENT_PREFIX,
    ANNOTATIONS,
    LABELS,
    ORG_NAMESPACE_PREFIX,
    agentResourceName,
} from "../images/metadata";
import type { RolledAgent } from "../proof/rolledAgent";
import type { StackRollout } from "../proof/stackRollout";
import { Agent } from "./agent";
import { agentClaim } from "./agentClaim";
import { declareExternalSecrets } from "./externalSecret";
import { OWN_EVERY_FIELD, managedLabels } from "./objectMetadata";
import { POD_SECURITY_LABELS, declareTenantGuards } from "./tenantGuards";

/** What a {@link CustomerOrg} is made from. */
export interface CustomerOrgArgs extends OrgImages {
    /** Rolls the agents a few at a time. */
    readonly rollout: StackRollout;
    /** What the org's file leaves out. */
    readonly defaults: StackConfig["defaults"];
    /** What the stack says of its orgs' network. */
    readonly network: Network;
    /** Where the stack's orgs have their Secrets from. */
    readonly externalSecrets: ExternalSecrets;
    /** Agent → everything that the layers say of it. */
    readonly plans: ReadonlyMap<string, AgentPlan>;
}

/** One customer: the namespace `org-<slug>`, what guards it, and its agents. */
export class CustomerOrg extends pulumi.ComponentResource {
    public readonly namespace: kubernetes.core.v1.Namespace;

    public constructor(slug: string, args: CustomerOrgArgs, opts?: pulumi.ComponentResourceOptions) {
        super("customer-orgs:index:CustomerOrg", slug, {}, opts);
        const { org, defaults } = args;

        this.namespace = new kubernetes.core.v1.Namespace(
            slug,
            {
                metadata: {
                    name: `${ORG_NAMESPACE_PREFIX}${slug}`,
                    labels: {
                        ...managedLabels("customer-org", slug),
                        [LABELS.org]: slug,
                        ...POD_SECURITY_LABELS,
                    },
                    annotations: { ...OWN_EVERY_FIELD, [ANNOTATIONS.displayName]: org.displayName },
                },
            },
            // A namespace takes everything in it along, so neither a deleted file nor a replacement may delete one.
            { parent: this, protect: org.offboarding === undefined },
        );
        const namespace = this.namespace.metadata.name;

        const { imagePullSecrets } = defaults;
        const { serviceAccountAnnotations } = org;
        const guards = declareTenantGuards(
            {
                org: slug,
                namespace,
                quota: { ...defaults.quota, ...org.quota },
                imagePullSecrets,
                serviceAccountAnnotations,
                network: args.network,
                own: org.network,
                runtimes: org.agents.map(({ runtime }) => runtime),
            },
            this,
        );

        // An org that leaves has no agents any more, and its claims lose their protection beside the namespace's: what is
        // protected and declared no longer could not be let go of.
        const protect = org.offboarding === undefined;
        const claims = declareClaims(slug, namespace, args.plans, protect, this);
        const needs = [...args.plans.values()].flatMap((plan) => neededObjects(plan, imagePullSecrets));
        declareExternalSecrets(slug, namespace, needs, args.externalSecrets, this);

        for (const { agent, image } of args.agents) {
            const plan = args.plans.get(agent.name);
            if (plan === undefined) {
                throw new Error(`The agent "${agent.name}" of the org "${slug}" has no plan.`);
            }
            args.rollout.roll(
                {
                    ...rolledAgent(slug, agent, image.source === "pin"),
                    needs: neededObjects(plan, imagePullSecrets),
                },
                image.image,
                (admitted) =>
                    new Agent(
                        agentResourceName(slug, agent.name),
                        {
                            ...image,
                            name: agent.name,
                            namespace,
                            org: slug,
                            runtime: agent.runtime,
                            image: admitted,
                            plan,
                            adoptedSelector: agent.adoptedSelector,
                            serviceAccountName: guards.serviceAccount.metadata.name,
                            serviceAccount: { imagePullSecrets, serviceAccountAnnotations },
                        },
                        // No pod before the quota, the limits and the network policies stand.
                        { parent: this, dependsOn: [...guards.all, ...(claims.get(agent.name) ?? [])] },
                    ).deployment,
            );
        }

        this.registerOutputs({ namespace: this.namespace });
    }
}

/** Agent → its claims. */
function declareClaims(
    org: string,
    namespace: pulumi.Input<string>,
    plans: CustomerOrgArgs["plans"],
    protect: boolean,
    parent: pulumi.Resource,
): ReadonlyMap<string, readonly pulumi.Resource[]> {
    return new Map(
        [...plans].map(([agent, plan]) => [
            agent,
            plan.claims.map((claim) => agentClaim({ owner: org, org, namespace, claim, protect }, parent)),
        ]),
    );
}

function rolledAgent(org: string, { name, runtime }: AgentSpec, follows: boolean): RolledAgent {
    const [namespace, deployment] = [`${ORG_NAMESPACE_PREFIX}${org}`, `${AGENT_DEPLOYMENT_PREFIX}${name}`];
    return { name: `${org}/${name}`, org, agent: name, runtime, namespace, deployment, follows };
}
