import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { AgentPlan } from "../config/agent/agentPlan";
import type { ImageSource } from "../images/chooseImage";
import { type PinnedReference, formatImageReference } from "../images/imageReference";
import type { ImageOverride } from "../images/imageOverride";
import { AGENT_DEPLOYMENT_PREFIX, ANNOTATIONS, LABELS } from "../images/metadata";
import { agentPod } from "./agentPod";
import { type ServiceAccountArgs, agentServiceAccount } from "./tenantGuards";
import { OWN_EVERY_FIELD, ROLLED_BY_GATE, managedLabels } from "./objectMetadata";

/** What an {@link Agent} is made from. */
export interface AgentArgs {
    /** The agent's name; its Deployment is `agent-<name>`. */
    readonly name: string;
    /** The namespace that it lives in. */
    readonly namespace: pulumi.Input<string>;
    /** The slug of the org that it belongs to; left out for the platform's own agents. */
    readonly org?: string;
    /** The runtime that it runs. */
    readonly runtime: string;
    /** The image, always with its digest: the one place where it becomes a string again. */
    readonly image: pulumi.Input<PinnedReference>;
    /** Where the image came from. */
    readonly source: ImageSource;
    /** The pin's release. */
    readonly release?: pulumi.Input<string>;
    /** The override that chose the image. */
    readonly override?: ImageOverride;
    /** The reference that the image was resolved from, for a last resort. */
    readonly resolvedFrom?: string;
    /** Everything that people say of it. */
    readonly plan: AgentPlan;
    /** The selector of an adopted Deployment, instead of the one that an agent is born with. */
    readonly adoptedSelector?: Readonly<Record<string, string>>;
    /** The ServiceAccount that the pods run as, unless the agent is somebody else to the cloud. */
    readonly serviceAccountName: pulumi.Input<string>;
    /** What that ServiceAccount has, and the agent's own one too. */
    readonly serviceAccount?: Pick<ServiceAccountArgs, "imagePullSecrets" | "serviceAccountAnnotations">;
}

/**
 * One agent: a Deployment `agent-<name>` whose container `agent` runs a digest and nothing else, a disruption budget where
 * it has more than one pod, and a ServiceAccount where it is somebody of its own to the cloud. Its claims are declared beside it, since they outlive it.
 */
export class Agent extends pulumi.ComponentResource {
    public readonly deployment: kubernetes.apps.v1.Deployment;

    public constructor(name: string, args: AgentArgs, opts?: pulumi.ComponentResourceOptions) {
        super("customer-orgs:index:Agent", name, {}, opts);

        const identity = {
            [LABELS.agent]: args.name,
            ...(args.org === undefined ? {} : { [LABELS.org]: args.org }),
        };
        const selector = args.adoptedSelector ?? identity;
        const labels = { ...managedLabels("agent", args.name), ...identity, [LABELS.runtime]: args.runtime };
        const image = pulumi.output(args.image).apply(formatImageReference);
        const { plan } = args;
        const objectName = `${AGENT_DEPLOYMENT_PREFIX}${args.name}`;
        const own = ownServiceAccount(name, args, { name: objectName, labels }, this);

        this.deployment = new kubernetes.apps.v1.Deployment(
            name,
            {
                metadata: {
                    name: objectName,
                    namespace: args.namespace,
                    labels,
                    annotations: { ...OWN_EVERY_FIELD, ...ROLLED_BY_GATE, ...provenance(args) },
                },
                spec: {
                    // Declared nowhere, it stays what an autoscaler makes of it.
                    replicas: plan.replicas,
                    selector: { matchLabels: selector },
                    strategy: rolloutStrategy(plan),
                    minReadySeconds: plan.minReadySeconds,
                    progressDeadlineSeconds: plan.progressDeadlineSeconds,
                    revisionHistoryLimit: 5,
                    template: {
                        metadata: {
                            // An adopted selector must select these pods too; where it names one of our own labels, it wins.
                            labels: { ...plan.profile.podLabels, ...labels, ...args.adoptedSelector },
                            annotations: plan.profile.podAnnotations,
                        },
                        spec: agentPod({
                            image,
                            plan,
                            selector,
                            serviceAccountName: own?.metadata.name ?? args.serviceAccountName,
                        }),
                    },
                },
            },
            {
                parent: this,
                // An imported Deployment's inputs hold no selector: one that appears would be a change, and a change of the selector
                // is another Deployment. A Deployment that is created anew takes it all the same.
                ignoreChanges: args.adoptedSelector && ["spec.selector"],
                // The provider's own wait ends a little after Kubernetes has called the rollout failed, so that its reason is shown.
                customTimeouts: {
                    create: `${plan.progressDeadlineSeconds + 30}s`,
                    update: `${plan.progressDeadlineSeconds + 30}s`,
                },
            },
        );

        if (plan.maxReplicas > 1) {
            disruptionBudget(name, args, { name: objectName, labels, selector }, this);
        }

        this.registerOutputs({ deployment: this.deployment });
    }
}

/** An agent that is somebody of its own to the cloud runs as a ServiceAccount of its own. */
function ownServiceAccount(
    resource: string,
    { plan, namespace, serviceAccount }: AgentArgs,
    named: Pick<ServiceAccountArgs, "name" | "labels">,
    parent: pulumi.Resource,
): kubernetes.core.v1.ServiceAccount | undefined {
    const own = plan.profile.serviceAccountAnnotations;
    const serviceAccountAnnotations = { ...serviceAccount?.serviceAccountAnnotations, ...own };
    return (
        own &&
        agentServiceAccount(
            resource,
            { ...serviceAccount, ...named, namespace, serviceAccountAnnotations },
            { parent },
        )
    );
}

function disruptionBudget(
    resource: string,
    { plan, namespace }: AgentArgs,
    {
        name,
        labels,
        selector,
    }: Record<"labels" | "selector", Readonly<Record<string, string>>> & { name: string },
    parent: pulumi.Resource,
): void {
    new kubernetes.policy.v1.PodDisruptionBudget(
        resource,
        {
            metadata: { name, namespace, labels },
            spec: {
                ...(plan.profile.podDisruptionBudget ?? { maxUnavailable: 1 }),
                selector: { matchLabels: selector },
                // A pod that is not ready serves nobody, and must not keep a node from being drained.
                unhealthyPodEvictionPolicy: "AlwaysAllow",
            },
        },
        { parent },
    );
}

/** The annotations that say where the image came from; on the Deployment only, since on its pods they would roll them. */
function provenance({ source, release, override, resolvedFrom }: AgentArgs) {
    const annotations: Record<string, pulumi.Input<string>> = { [ANNOTATIONS.imageSource]: source };
    if (release !== undefined) {
        annotations[ANNOTATIONS.release] = release;
    }
    if (override !== undefined) {
        annotations[ANNOTATIONS.overrideOwner] = override.owner;
        annotations[ANNOTATIONS.overrideReason] = override.reason;
        annotations[ANNOTATIONS.overrideExpires] = override.expires;
    }
    if (source === "last-resort" && resolvedFrom !== undefined) {
        annotations[ANNOTATIONS.lastResortOf] = resolvedFrom;
    }
    return annotations;
}

function rolloutStrategy({ strategy }: AgentPlan): kubernetes.types.input.apps.v1.DeploymentStrategy {
    if (strategy.type === "Recreate") {
        return { type: "Recreate" };
    }
    const { maxUnavailable, maxSurge } = strategy;
    return { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } };
}
