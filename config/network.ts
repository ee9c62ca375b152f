import { z } from "zod";
import { byRuntime } from "../images/runtimeImages";
import { portNumberSchema, portReferenceSchema } from "./agent/containerWords";
import { labelSelectorSchema } from "./agent/schedulingWords";
import { cidrSchema, isWithin } from "./ipRange";
import { refuse } from "./refinements";

const portSchema = z
    .strictObject({
        protocol: z.enum(["TCP", "UDP", "SCTP"]).optional(),
        port: portReferenceSchema.optional(),
        endPort: portNumberSchema.optional(),
    })
    .refine(({ port, endPort }) => endPort === undefined || (typeof port === "number" && endPort >= port), {
        path: ["endPort"],
        message: "expected a port's number before it, and no smaller one",
    });

const peerSchema = z
    .strictObject({
        ipBlock: z
            .strictObject({ cidr: cidrSchema, except: z.array(cidrSchema).optional() })
            .superRefine(({ cidr, except = [] }, context) => {
                for (const [index, one] of except.entries()) {
                    if (!isWithin(one, cidr)) {
                        refuse(context, ["except", index], `expected a part of "${cidr}"`);
                    }
                }
            })
            .optional(),
        namespaceSelector: labelSelectorSchema.optional(),
        podSelector: labelSelectorSchema.optional(),
    })
    .refine(
        ({ ipBlock, namespaceSelector, podSelector }) =>
            (ipBlock === undefined) !== (namespaceSelector === undefined && podSelector === undefined),
        'expected "ipBlock", or a selector of namespaces, pods or both',
    );

const EVERYBODY =
    "expected whom it concerns: Kubernetes takes a rule without that for one about the whole world, nodes and metadata servers too";

const egressSchema = z.array(
    z.strictObject({ to: z.array(peerSchema).min(1, EVERYBODY), ports: z.array(portSchema).optional() }),
);
const ingressSchema = z.array(
    z.strictObject({ from: z.array(peerSchema).min(1, EVERYBODY), ports: z.array(portSchema).optional() }),
);

/** What agents may reach and be reached from besides DNS, their own namespace and the internet. Added up, never taken away. */
export const trafficSchema = z.strictObject({
    egress: egressSchema.optional(),
    ingress: ingressSchema.optional(),
});

/** What agents may reach and be reached from. */
export type Traffic = z.infer<typeof trafficSchema>;

/** A rule of a NetworkPolicy for outgoing traffic. */
export type EgressRule = NonNullable<Traffic["egress"]>[number];

const dnsPorts = (port: number) => [
    { protocol: "UDP" as const, port },
    { protocol: "TCP" as const, port },
];
const dnsAt = (...addresses: readonly string[]): EgressRule => ({
    to: addresses.map((address) => ({ ipBlock: { cidr: `${address}/32` } })),
    ports: dnsPorts(53),
});
const dnsPods = (namespace: string, labels: Record<string, string>, port: number): EgressRule => ({
    to: [
        {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
            podSelector: { matchLabels: labels },
        },
    ],
    ports: dnsPorts(port),
});

/** Where clusters answer names, by one word each. */
const DNS = {
    "kube-dns": dnsPods("kube-system", { "k8s-app": "kube-dns" }, 53),
    /** https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/: no pod's address, so no selector matches it. */
    "node-local": dnsAt("169.254.20.10"),
    /** https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-dns */
    "gke-cloud-dns": dnsAt("169.254.169.254"),
    /** The pods listen on 5353, and a policy sees the pod's port. */
    openshift: dnsPods("openshift-dns", { "dns.operator.openshift.io/daemonset-dns": "default" }, 5353),
    /** A service of the node that answers at the cluster's address: the tenth of the service range, here of both defaults. */
    "eks-auto": dnsAt("10.100.0.10", "172.20.0.10"),
} as const;

type DnsWord = keyof typeof DNS;

const dnsWordSchema = z.enum(Object.keys(DNS) as [DnsWord, ...DnsWord[]]);

/** The network of a stack's orgs. */
export const networkSchema = z
    .strictObject({
        /** Where names are answered; a list where a cluster has several places. Another place is a rule under `egress`. */
        dns: z
            .union([dnsWordSchema, z.array(dnsWordSchema)], {
                error: `expected one or several of ${Object.keys(DNS).join(", ")}`,
            })
            .default("kube-dns"),
        /** Public addresses that are the cluster's own (its pods, its API server), and no internet to a customer. */
        clusterRanges: z
            .array(
                cidrSchema.refine(
                    (range) => !range.endsWith("/0"),
                    "expected less than all addresses there are",
                ),
            )
            .default([]),
        ...trafficSchema.shape,
        /** The same for the agents of one runtime. */
        runtimes: byRuntime(trafficSchema).prefault({}),
    })
    .prefault({});

/** The network of a stack's orgs. */
export type Network = z.infer<typeof networkSchema>;

/** The rules by which names are answered. */
export function dnsRules({ dns }: Pick<Network, "dns">): readonly EgressRule[] {
    return [dns].flat().map((word) => DNS[word]);
}
