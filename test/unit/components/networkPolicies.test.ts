import assert from "node:assert/strict";
import { networkPolicies } from "../../../components/networkPolicies";
import { networkSchema } from "../../../config/network";
import { describeIssues } from "../../../lib/text/describeIssues";

interface Rule {
    readonly to: { ipBlock?: { cidr: string; except?: string[] } }[];
    readonly ports?: unknown[];
}

function policies(network: object = {}, own: object = {}, runtimes: readonly string[] = ["a"]) {
    return networkPolicies({ network: networkSchema.parse(network), own, runtimes });
}

const egressOf = (network: object) => policies(network).get("allow")?.egress as unknown as Rule[];
const NATS = {
    to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "messaging" } } }],
    ports: [{ protocol: "TCP", port: 4222 }],
};

describe("networkPolicies", () => {
    for (const [word, cidrs, port] of [
        ["node-local", ["169.254.20.10/32"], 53],
        ["gke-cloud-dns", ["169.254.169.254/32"], 53],
        ["eks-auto", ["10.100.0.10/32", "172.20.0.10/32"], 53],
    ] as const) {
        it(`opens what "${word}" stands for, on port ${port} alone: a metadata server answers on others`, () => {
            const [rule] = egressOf({ dns: word });
            assert.deepEqual(
                [rule?.to.map(({ ipBlock }) => ipBlock?.cidr), rule?.ports],
                [
                    cidrs,
                    [
                        { protocol: "UDP", port },
                        { protocol: "TCP", port },
                    ],
                ],
            );
        });
    }

    it("opens several places of DNS where a cluster has them, and OpenShift's on the port of its pods", () => {
        assert.equal(egressOf({ dns: ["kube-dns", "node-local"] }).length, 4);
        assert.deepEqual(egressOf({ dns: "openshift" })[0]?.ports, [
            { protocol: "UDP", port: 5353 },
            { protocol: "TCP", port: 5353 },
        ]);
    });

    it("adds up what the stack and the org say", () => {
        const other = { to: [{ ipBlock: { cidr: "10.1.2.3/32" } }] };
        const spec = policies({ egress: [NATS] }, { egress: [other], ingress: [{ from: NATS.to }] }).get(
            "allow",
        );
        assert.deepEqual((spec?.egress as unknown[]).slice(3), [NATS, other]);
        assert.deepEqual((spec?.ingress as unknown[])[1], { from: NATS.to });
    });

    it("has one policy more for a runtime that the stack says something of, where the org has such an agent", () => {
        const network = { runtimes: { a: { egress: [NATS] }, b: { egress: [NATS] } } };
        assert.deepEqual([...policies(network).keys()], ["deny-all", "allow", "allow-a"]);
        assert.deepEqual(policies(network).get("allow-a"), {
            podSelector: { matchLabels: { "customer-orgs/runtime": "a" } },
            policyTypes: ["Egress"],
            ingress: undefined,
            egress: [NATS],
        });
    });

    it("takes the cluster's own public addresses out of the internet", () => {
        const internet = egressOf({ clusterRanges: ["34.118.224.0/20", "2600:1900::/28"] })[2];
        const [v4 = [], v6 = []] = (internet?.to ?? []).map(({ ipBlock }) => ipBlock?.except ?? []);
        assert.ok(v4.includes("34.118.224.0/20") && !v4.includes("2600:1900::/28"));
        assert.ok(v6.includes("2600:1900::/28") && !v6.includes("34.118.224.0/20"));
    });
});

describe("networkSchema", () => {
    const refused: [string, object, RegExp][] = [
        [
            "a rule for everybody, which Kubernetes takes an empty list for",
            { egress: [{ to: [] }] },
            /egress\[0\]\.to: a list of 0: expected whom it concerns/,
        ],
        ["a rule without anybody", { egress: [{ ports: [{ port: 443 }] }] }, /egress\[0\]\.to: nothing/],
        [
            "a place of DNS that nobody knows",
            { dns: "coredns" },
            /dns: "coredns": expected one or several of/,
        ],
        ["an address without a prefix", { clusterRanges: ["10.0.0.1"] }, /clusterRanges\[0\]: "10\.0\.0\.1"/],
        [
            "a peer of two kinds",
            { egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} }] }] },
            /to\[0\]: an object: expected "ipBlock", or a selector/,
        ],
        ["an unknown word", { proxy: true }, /proxy: unknown key/],
    ];
    for (const [what, value, message] of refused) {
        it(`refuses ${what}`, () => {
            const parsed = networkSchema.safeParse(value);
            const problems = parsed.success ? [] : describeIssues(parsed.error, value);
            assert.equal(problems.length, 1, problems.join("\n"));
            assert.match(problems[0] ?? "", message);
        });
    }
});
