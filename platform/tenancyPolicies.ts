import { protectPlatformObjects } from "./protectPlatformObjects";
import {
    isAgentsAccount,
    type PolicyPair,
    type TenancyOptions,
    areOurs,
    inOurNamespaces,
    isNotByThePlatform,
    pair,
} from "./tenancyRules";

/**
 * What the cluster itself holds tenants to, whatever roles they have in their namespace: what is the platform's is changed by those
 * who deploy and nobody else, no pod runs an image from a node's cache that it has no right to, and nothing of a tenant's own opens
 * what the platform keeps closed. Pure.
 */
export function tenancyPolicies(options: TenancyOptions): readonly PolicyPair[] {
    return [protectPlatformObjects(options), requireOwnImages(options), keepTenantsApart(options)];
}

/** A tenant's own pods, Services and network policies: they open nothing that the platform keeps closed. */
function keepTenantsApart(options: TenancyOptions): PolicyPair {
    const peers =
        `dyn(object).spec.?ingress.orValue([]).map(rule, rule.?from.orValue([])) + ` +
        `dyn(object).spec.?egress.orValue([]).map(rule, rule.?to.orValue([]))`;
    return pair("keep-tenants-apart", options, {
        matchConstraints: {
            resourceRules: [
                { apiGroups: [""], operations: ["CREATE"], resources: ["pods"] },
                { apiGroups: [""], operations: ["CREATE", "UPDATE"], resources: ["services"] },
                {
                    apiGroups: ["networking.k8s.io"],
                    operations: ["CREATE", "UPDATE"],
                    resources: ["networkpolicies"],
                },
            ].map((rule) => ({ apiVersions: ["v1"], ...rule })),
        },
        matchConditions: [
            { name: "ours", expression: inOurNamespaces(options.coreNamespace) },
            // A pod is told by its labels alone, since the control plane makes a tenant's and an agent's alike.
            {
                name: "not-by-the-platform",
                expression: `request.kind.kind == "Pod" || (${isNotByThePlatform(options)})`,
            },
            { name: "not-the-platforms", expression: `!${areOurs("dyn(object).metadata.?labels")}` },
        ],
        variables: [
            { name: "kind", expression: "request.kind.kind" },
            { name: "peers", expression: `variables.kind == "NetworkPolicy" ? ${peers} : []` },
        ],
        validations: [
            {
                expression:
                    `variables.kind != "Pod" || !${isAgentsAccount(`dyn(object).spec.?serviceAccountName.orValue("")`)} || ` +
                    `(!dyn(object).spec.?automountServiceAccountToken.orValue(false) && !dyn(object).spec.?volumes.orValue([]).exists(volume, ` +
                    `volume.?projected.?sources.orValue([]).exists(source, has(source.serviceAccountToken))))`,
                message:
                    "a pod of your own that runs as an agent's ServiceAccount mounts no token of it; expected 'automountServiceAccountToken: false', or a ServiceAccount of your own",
                reason: "Forbidden",
            },
            {
                expression: `variables.kind != "Pod" || !dyn(object).spec.?priorityClassName.orValue("").startsWith("system-")`,
                message: "a priority class of the cluster's own would push other tenants' pods away",
                reason: "Forbidden",
            },
            {
                expression: `variables.kind != "Service" || dyn(object).spec.?externalIPs.orValue([]).size() == 0`,
                message: "a Service with externalIPs takes the traffic of whoever has these addresses",
                reason: "Forbidden",
            },
            {
                // Policies are added up: what one opens, no other can close.
                expression:
                    "variables.peers.all(rule, rule.size() > 0 && rule.all(peer, " +
                    "!has(peer.ipBlock) && !has(peer.namespaceSelector) && has(peer.podSelector)))",
                message:
                    "a network policy of your own may open traffic among your own pods (podSelector) and nothing beyond: policies are added up, and this one would open what the platform keeps closed",
                reason: "Forbidden",
            },
        ],
    });
}

function requireOwnImages(options: TenancyOptions): PolicyPair {
    const containers = ["containers", "initContainers", "ephemeralContainers"]
        .map(
            (list) =>
                `dyn(object).spec.?${list}.orValue([]).map(c, {"image": c.?image.orValue(""), "pull": c.?imagePullPolicy.orValue("")})`,
        )
        .join(" + ");
    return pair("require-own-images", options, {
        matchConstraints: {
            resourceRules: [
                { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
                {
                    apiGroups: [""],
                    apiVersions: ["v1"],
                    operations: ["UPDATE"],
                    resources: ["pods/ephemeralcontainers"],
                },
            ],
        },
        matchConditions: [{ name: "ours", expression: inOurNamespaces(options.coreNamespace) }],
        variables: [{ name: "containers", expression: containers }],
        validations: [
            {
                expression: 'variables.containers.all(c, c.pull != "Never")',
                message:
                    "imagePullPolicy: Never runs what is in the node's cache, another tenant's private image too; expected Always, or a digest with IfNotPresent",
                reason: "Invalid",
            },
            {
                expression:
                    'variables.containers.all(c, c.pull != "IfNotPresent" || c.image.contains("@sha256:"))',
                message:
                    "imagePullPolicy: IfNotPresent takes whatever the node has under a tag; expected Always, or a digest",
                reason: "Invalid",
            },
        ],
    });
}
