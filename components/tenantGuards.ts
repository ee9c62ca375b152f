import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT_RESOURCES } from "../config/agent/planAgent";
import { DEFAULT_QUOTA, type Quota } from "../config/quota";
import { LABELS } from "../images/metadata";

import { managedLabels } from "./managedLabels";

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

/** Ranges that are not the internet: private (RFC 1918), carrier NAT, loopback, and link-local with the metadata address. */
const NOT_INTERNET_V4 = [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
];

/**
 * The same for IPv6: unique local (with the metadata address fd00:ec2::254) and link-local, and the ranges above once more
 * as NAT64 (RFC 6052) would reach them.
 */
const NOT_INTERNET_V6 = [
    "64:ff9b::a00:0/104",
    "64:ff9b::6440:0/106",
    "64:ff9b::7f00:0/104",
    "64:ff9b::a9fe:0/112",
    "64:ff9b::ac10:0/108",
    "64:ff9b::c0a8:0/112",
    "fc00::/7",
    "fe80::/10",
];

/** What {@link TenantGuards} is made from. */
export interface TenantGuardsArgs {
    /** The org's slug. */
    readonly org: string;
    /** The org's namespace. */
    readonly namespace: pulumi.Input<string>;
    /** Limits that differ from the defaults. */
    readonly quota?: Quota;
    /** Secrets with the registry's credentials. */
    readonly imagePullSecrets?: readonly string[];
}

const NETWORK_POLICIES: Readonly<Record<string, kubernetes.types.input.networking.v1.NetworkPolicySpec>> = {
    "deny-all": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    "allow-dns": {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [
            {
                to: [
                    {
                        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
                        podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
                    },
                ],
                ports: [
                    { protocol: "UDP", port: 53 },
                    { protocol: "TCP", port: 53 },
                ],
            },
        ],
    },
    "allow-same-namespace": {
        podSelector: {},
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ from: [{ podSelector: {} }] }],
        egress: [{ to: [{ podSelector: {} }] }],
    },
    "allow-internet": {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [
            {
                to: [
                    { ipBlock: { cidr: "0.0.0.0/0", except: NOT_INTERNET_V4 } },
                    { ipBlock: { cidr: "::/0", except: NOT_INTERNET_V6 } },
                ],
            },
        ],
    },
};

/** What keeps a tenant in its namespace: quota, limits, network policies and a ServiceAccount without a token. */
export class TenantGuards extends pulumi.ComponentResource {
    public readonly serviceAccount: kubernetes.core.v1.ServiceAccount;

    public constructor(name: string, args: TenantGuardsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("customer-orgs:index:TenantGuards", name, {}, opts);
        const { namespace } = args;
        const labels = { ...managedLabels("tenant-guards", args.org), [LABELS.org]: args.org };
        const metadata = (objectName: string) => ({ name: objectName, namespace, labels });

        this.serviceAccount = new kubernetes.core.v1.ServiceAccount(
            name,
            {
                metadata: metadata(AGENT_SERVICE_ACCOUNT),
                automountServiceAccountToken: false,
                imagePullSecrets: (args.imagePullSecrets ?? []).map((secret) => ({ name: secret })),
            },
            { parent: this },
        );

        new kubernetes.core.v1.ResourceQuota(
            name,
            { metadata: metadata("org-quota"), spec: { hard: { ...DEFAULT_QUOTA, ...args.quota } } },
            { parent: this },
        );

        // No `min`: it would refuse the small containers that a mesh or a debugger injects.
        new kubernetes.core.v1.LimitRange(
            name,
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
            { parent: this },
        );

        for (const [policy, spec] of Object.entries(NETWORK_POLICIES)) {
            new kubernetes.networking.v1.NetworkPolicy(
                `${name}-${policy}`,
                { metadata: metadata(policy), spec },
                { parent: this },
            );
        }

        this.registerOutputs({ serviceAccount: this.serviceAccount });
    }
}
