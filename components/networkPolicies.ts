import type * as kubernetes from "@pulumi/kubernetes";
import { type EgressRule, type Network, type Traffic, dnsRules } from "../config/network";
import { SPECIAL_V4, SPECIAL_V6 } from "../config/specialRanges";
import { LABELS } from "../images/metadata";

type Spec = kubernetes.types.input.networking.v1.NetworkPolicySpec;

/** What an org's network is made from. */
export interface OrgNetwork {
    /** What the stack says. */
    readonly network: Network;
    /** What the org says besides. */
    readonly own?: Traffic;
    /** The runtimes of the org's agents. */
    readonly runtimes: Iterable<string>;
}

/**
 * An org's policies by name. `deny-all` stands by itself: whatever becomes of the others, nothing is open that they do not open.
 * `allow` opens DNS, the own namespace, the internet and what the stack and the org say; a runtime has one more where the stack
 * says something of it.
 */
export function networkPolicies({ network, own, runtimes }: OrgNetwork): ReadonlyMap<string, Spec> {
    const policies = new Map<string, Spec>([
        ["deny-all", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }],
        [
            "allow",
            policyFor(
                {},
                {
                    egress: [
                        ...dnsRules(network),
                        { to: [{ podSelector: {} }] },
                        internet(network.clusterRanges),
                        ...(network.egress ?? []),
                        ...(own?.egress ?? []),
                    ],
                    ingress: [
                        { from: [{ podSelector: {} }] },
                        ...(network.ingress ?? []),
                        ...(own?.ingress ?? []),
                    ],
                },
            ),
        ],
    ]);
    for (const runtime of [...new Set(runtimes)].sort()) {
        const traffic = network.runtimes.get(runtime);
        if (traffic !== undefined) {
            policies.set(
                `allow-${runtime}`,
                policyFor({ matchLabels: { [LABELS.runtime]: runtime } }, traffic),
            );
        }
    }
    return policies;
}

function policyFor(podSelector: Spec["podSelector"], { egress, ingress }: Traffic): Spec {
    const policyTypes = [...(ingress ? ["Ingress"] : []), ...(egress ? ["Egress"] : [])];
    return { podSelector, policyTypes, ingress, egress };
}

/** Everything but what is special and what is the cluster's own. */
function internet(clusterRanges: readonly string[]): EgressRule {
    const own = (version: 4 | 6) => clusterRanges.filter((range) => range.includes(":") === (version === 6));
    return {
        to: [
            { ipBlock: { cidr: "0.0.0.0/0", except: [...SPECIAL_V4, ...own(4)] } },
            { ipBlock: { cidr: "::/0", except: [...SPECIAL_V6, ...own(6)] } },
        ],
    };
}
