import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Probe, Resources } from "../config/agentSpec";
import { mergeResources } from "../config/mergeResources";
import type { ImageSource } from "../images/chooseImage";
import { type PinnedReference, formatImageReference } from "../images/imageReference";
import type { ImageOverride } from "../images/imageOverride";
import { AGENT_CONTAINER, AGENT_DEPLOYMENT_PREFIX, ANNOTATIONS, LABELS } from "../images/metadata";
import { bootGate } from "./bootGate";
import { managedLabels } from "./managedLabels";
import { OWN_EVERY_FIELD } from "./ownEveryField";
import { ROLLED_BY_GATE } from "./rolledByGate";
import { withoutUndefined } from "./withoutUndefined";

/** Requests and limits of an agent that names none. A limit on cpu and memory, so that no tenant starves a node. */
export const DEFAULT_RESOURCES = {
    requests: { cpu: "100m", memory: "256Mi", "ephemeral-storage": "256Mi" },
    limits: { cpu: "1", memory: "1Gi", "ephemeral-storage": "1Gi" },
} as const satisfies Resources;

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
    /** Pods. Default: 1. */
    readonly replicas?: number;
    /** Requests and limits; each one that is left out has its default. */
    readonly resources?: Resources;
    /** Environment variables in plain text. */
    readonly env?: Readonly<Record<string, string>>;
    /** Environment variables from Secrets in the namespace. */
    readonly secretEnv?:
        Readonly<Record<string, { secret: string; key: string; optional?: boolean | undefined }>> | undefined;
    /** Probes of the container. */
    readonly probes?: { startup?: Probe; readiness?: Probe; liveness?: Probe };
    /** Paths that the image must contain; checked before the agent starts. */
    readonly requiredPaths?: readonly string[];
    /** The selector of an adopted Deployment, instead of the one that an agent is born with. */
    readonly adoptedSelector?: Readonly<Record<string, string>>;
    /** The ServiceAccount that the pods run as. */
    readonly serviceAccountName: pulumi.Input<string>;
    /** Seconds in which a rollout must make progress before it counts as failed. */
    readonly progressDeadlineSeconds: number;
}

/** One agent: a Deployment `agent-<name>` whose container `agent` runs a digest and nothing else. */
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
        const resources = withoutUndefined(mergeResources([DEFAULT_RESOURCES, args.resources]));
        const gate = bootGate(image, args.requiredPaths ?? []);

        this.deployment = new kubernetes.apps.v1.Deployment(
            name,
            {
                metadata: {
                    name: `${AGENT_DEPLOYMENT_PREFIX}${args.name}`,
                    namespace: args.namespace,
                    labels,
                    annotations: { ...OWN_EVERY_FIELD, ...ROLLED_BY_GATE, ...provenance(args) },
                },
                spec: {
                    replicas: args.replicas ?? 1,
                    selector: { matchLabels: selector },
                    // A customer keeps the running pod until its successor is ready, so a bad image takes nothing away.
                    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
                    progressDeadlineSeconds: args.progressDeadlineSeconds,
                    revisionHistoryLimit: 5,
                    template: {
                        // An adopted selector must select these pods too; where it names one of our own labels, it wins.
                        metadata: { labels: { ...labels, ...args.adoptedSelector } },
                        spec: {
                            serviceAccountName: args.serviceAccountName,
                            automountServiceAccountToken: false,
                            enableServiceLinks: false,
                            securityContext: {
                                runAsNonRoot: true,
                                seccompProfile: { type: "RuntimeDefault" },
                            },
                            ...(gate === undefined ? {} : { initContainers: [gate] }),
                            containers: [
                                {
                                    name: AGENT_CONTAINER,
                                    image,
                                    // A digest never changes what it names, so a cached copy is the image.
                                    imagePullPolicy: "IfNotPresent",
                                    env: environment(args),
                                    resources,
                                    securityContext: {
                                        allowPrivilegeEscalation: false,
                                        capabilities: { drop: ["ALL"] },
                                    },
                                    ...probes(args.probes),
                                },
                            ],
                        },
                    },
                },
            },
            {
                parent: this,
                // An imported Deployment's inputs hold no selector: one that appears would be a change, and a change of the selector
                // is another Deployment. A Deployment that is created anew takes it all the same.
                ...(args.adoptedSelector === undefined ? {} : { ignoreChanges: ["spec.selector"] }),
                // The provider's own wait ends a little after Kubernetes has called the rollout failed, so that its reason is shown.
                customTimeouts: {
                    create: `${args.progressDeadlineSeconds + 30}s`,
                    update: `${args.progressDeadlineSeconds + 30}s`,
                },
            },
        );

        this.registerOutputs({ deployment: this.deployment });
    }
}

/** The annotations that say where the image came from; on the Deployment only, since on its pods they would roll them. */
function provenance(args: AgentArgs): Record<string, pulumi.Input<string>> {
    return {
        [ANNOTATIONS.imageSource]: args.source,
        ...(args.release === undefined ? {} : { [ANNOTATIONS.release]: args.release }),
        ...(args.override === undefined
            ? {}
            : {
                  [ANNOTATIONS.overrideOwner]: args.override.owner,
                  [ANNOTATIONS.overrideReason]: args.override.reason,
                  [ANNOTATIONS.overrideExpires]: args.override.expires,
              }),
        ...(args.source === "last-resort" && args.resolvedFrom !== undefined
            ? { [ANNOTATIONS.lastResortOf]: args.resolvedFrom }
            : {}),
    };
}

/** Sorted by name: the order in a file is no reason to roll a customer's pods. */
function environment(args: AgentArgs): kubernetes.types.input.core.v1.EnvVar[] {
    const plain = Object.entries(args.env ?? {}).map(([name, value]) => ({ name, value }));
    const secret = Object.entries(args.secretEnv ?? {}).map(([name, { secret, key, optional }]) => ({
        name,
        valueFrom: { secretKeyRef: { name: secret, key, ...(optional === undefined ? {} : { optional }) } },
    }));
    return [...plain, ...secret].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function probes(from: AgentArgs["probes"]): Partial<kubernetes.types.input.core.v1.Container> {
    return {
        ...(from?.startup === undefined ? {} : { startupProbe: withoutUndefined(from.startup) }),
        ...(from?.readiness === undefined ? {} : { readinessProbe: withoutUndefined(from.readiness) }),
        ...(from?.liveness === undefined ? {} : { livenessProbe: withoutUndefined(from.liveness) }),
    };
}
