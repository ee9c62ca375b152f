import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT_RESOURCES } from "../config/agent/planAgent";
import { DEFAULT_QUOTA, type Quota } from "../config/quota";
import { LABELS } from "../images/metadata";
import { managedLabels } from "./objectMetadata";
import { type OrgNetwork, networkPolicies } from "./networkPolicies";

/** The ServiceAccount that an org's agents run as. */
export const AGENT_SERVICE_ACCOUNT = "agent";

/** What the namespace of every org is labelled with: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export const POD_SECURITY_LABELS = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "latest",
    "pod-security.kubernetes.io/audit": "restricted",
    "pod-security.kubernetes.io/audit-version": "latest",
    "pod-security.kubernetes.io/warn": "restricted",
    "pod-security.kubernetes.io/warn-version": "latest",
} as const;

/** What an org's guards are made from. */
export interface TenantGuardsArgs extends OrgNetwork {
    /** The org's slug. */
    readonly org: string;
    /** The org's namespace. */
    readonly namespace: pulumi.Input<string>;
    /** Limits that differ from the defaults. */
    readonly quota?: Quota;
    /** Secrets with the registry's credentials. */
    readonly imagePullSecrets?: readonly string[];
    /** What the cluster's identity service reads from the ServiceAccount: which cloud account the agents are. */
    readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
}

/** An org's guards, once they are declared. */
export interface TenantGuards {
    readonly serviceAccount: kubernetes.core.v1.ServiceAccount;
    /** All of them: what no pod may come before. */
    readonly all: readonly pulumi.Resource[];
}

/**
 * Declares what keeps a tenant in its namespace: quota, limits, network policies and a ServiceAccount without a token.
 *
 * @param parent the org, under which the guards stand beside its agents
 */
export function declareTenantGuards(args: TenantGuardsArgs, parent: pulumi.Resource): TenantGuards {
    const { org, namespace } = args;
    const labels = { ...managedLabels("tenant-guards", org), [LABELS.org]: org };
    const metadata = (name: string) => ({ name, namespace, labels });
    const options = guardOptions(org, parent);

    const serviceAccount = agentServiceAccount(
        org,
        { ...args, labels, name: AGENT_SERVICE_ACCOUNT },
        options,
    );
    const quota = new kubernetes.core.v1.ResourceQuota(
        org,
        { metadata: metadata("org-quota"), spec: { hard: { ...DEFAULT_QUOTA, ...args.quota } } },
        options,
    );
    // No `min`: it would refuse the small containers that a mesh or a debugger injects.
    const limits = new kubernetes.core.v1.LimitRange(
        org,
        {
            metadata: metadata("org-limits"),
            spec: {
                limits: [
                    {
                        type: "Container",
                        defaultRequest: DEFAULT_RESOURCES.requests,
                        default: DEFAULT_RESOURCES.limits,
                    },
                ],
            },
        },
        options,
    );
    const policies = [...networkPolicies(args)].map(
        ([name, spec]) =>
            new kubernetes.networking.v1.NetworkPolicy(
                `${org}-${name}`,
                { metadata: metadata(name), spec },
                options,
            ),
    );
    return { serviceAccount, all: [serviceAccount, quota, limits, ...policies] };
}

/** What a ServiceAccount is made from. */
export interface ServiceAccountArgs extends Pick<
    TenantGuardsArgs,
    "namespace" | "imagePullSecrets" | "serviceAccountAnnotations"
> {
    /** Its name in the cluster: `agent`, or `agent-<agent>` where an agent is somebody else to the cloud. */
    readonly name: string;
    readonly labels: Record<string, string>;
}

/** A ServiceAccount that agents run as: it has no rights, and no token of it is mounted by itself. */
export function agentServiceAccount(
    resource: string,
    { name, namespace, labels, imagePullSecrets = [], serviceAccountAnnotations }: ServiceAccountArgs,
    options: pulumi.CustomResourceOptions,
): kubernetes.core.v1.ServiceAccount {
    return new kubernetes.core.v1.ServiceAccount(
        resource,
        {
            metadata: { name, namespace, labels, annotations: serviceAccountAnnotations },
            automountServiceAccountToken: false,
            imagePullSecrets: imagePullSecrets.map((secret) => ({ name: secret })),
        },
        options,
    );
}

/** Guards had a component of their own once; by its name the engine knows those of an org that was deployed then. */
function guardOptions(org: string, parent: pulumi.Resource): pulumi.CustomResourceOptions {
    const component = pulumi.createUrn(org, "customer-orgs:index:TenantGuards", parent);
    return { parent, aliases: [{ parent: component }] };
}
