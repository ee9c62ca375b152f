import assert from "node:assert/strict";
import { BlockList, isIP } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { type TenantGuardsArgs, declareTenantGuards } from "../../../components/tenantGuards";
import { networkSchema } from "../../../config/network";
import { type DeclaredResource, declareResources, inputsOf } from "../../support/declareResources";

const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const LABELS = {
    "app.kubernetes.io/name": "tenant-guards",
    "app.kubernetes.io/instance": "acme",
    "app.kubernetes.io/part-of": "customer-orgs",
    "app.kubernetes.io/managed-by": "pulumi",
    "customer-orgs/org": "acme",
};

async function declareGuards(parts: Partial<TenantGuardsArgs> = {}): Promise<readonly DeclaredResource[]> {
    const args = {
        org: "acme",
        namespace: "org-acme",
        network: networkSchema.parse(undefined),
        runtimes: ["claude-code"],
        ...parts,
    };
    const { resources, result } = await declareResources(() =>
        declareTenantGuards(args, new pulumi.ComponentResource("test:index:Org", "acme")),
    );
    await result;
    return resources;
}

describe("declareTenantGuards", () => {
    it("is a ServiceAccount that mounts no token and knows the registry's credentials", async () => {
        const resources = await declareGuards({ imagePullSecrets: ["ghcr", "ecr"] });
        assert.deepEqual(inputsOf(resources, "kubernetes:core/v1:ServiceAccount"), {
            apiVersion: "v1",
            kind: "ServiceAccount",
            metadata: { name: "agent", namespace: "org-acme", labels: LABELS },
            automountServiceAccountToken: false,
            imagePullSecrets: [{ name: "ghcr" }, { name: "ecr" }],
        });
    });

    it("is a quota, the given limits before the defaults", async () => {
        const resources = await declareGuards({ quota: { pods: "60" } });
        assert.deepEqual(inputsOf(resources, "kubernetes:core/v1:ResourceQuota"), {
            apiVersion: "v1",
            kind: "ResourceQuota",
            metadata: { name: "org-quota", namespace: "org-acme", labels: LABELS },
            spec: {
                hard: {
                    "requests.cpu": "8",
                    "requests.memory": "16Gi",
                    "requests.ephemeral-storage": "40Gi",
                    "limits.cpu": "16",
                    "limits.memory": "32Gi",
                    "limits.ephemeral-storage": "80Gi",
                    "requests.storage": "100Gi",
                    pods: "60",
                    services: "10",
                    secrets: "50",
                    configmaps: "50",
                    persistentvolumeclaims: "10",
                    replicationcontrollers: "0",
                    resourcequotas: "1",
                    "services.nodeports": "0",
                    "services.loadbalancers": "0",
                    "count/deployments.apps": "20",
                    "count/jobs.batch": "20",
                    "count/cronjobs.batch": "10",
                },
            },
        });
    });

    it("is a LimitRange with defaults and without a minimum", async () => {
        assert.deepEqual(inputsOf(await declareGuards(), "kubernetes:core/v1:LimitRange"), {
            apiVersion: "v1",
            kind: "LimitRange",
            metadata: { name: "org-limits", namespace: "org-acme", labels: LABELS },
            spec: {
                limits: [
                    {
                        type: "Container",
                        defaultRequest: { cpu: "100m", memory: "256Mi", "ephemeral-storage": "256Mi" },
                        default: { cpu: "1", memory: "1Gi", "ephemeral-storage": "1Gi" },
                    },
                ],
            },
        });
    });

    it("carries what a cloud's workload identity reads, where an org says it", async () => {
        const annotations = { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/acme" };
        const resources = await declareGuards({ serviceAccountAnnotations: annotations });
        const { metadata } = inputsOf(resources, "kubernetes:core/v1:ServiceAccount") as {
            metadata: { annotations: unknown };
        };
        assert.deepEqual(metadata.annotations, annotations);
    });

    it("denies all traffic in both directions by one policy, and opens DNS, the own namespace and the internet by another", async () => {
        const resources = await declareGuards();
        const spec = (name: string) => inputsOf(resources, POLICY, `acme-${name}`)["spec"];
        assert.deepEqual(spec("deny-all"), { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
        const { egress, ...rest } = spec("allow") as { egress: unknown[] };
        assert.deepEqual(rest, {
            podSelector: {},
            policyTypes: ["Ingress", "Egress"],
            ingress: [{ from: [{ podSelector: {} }] }],
        });
        assert.equal(egress.length, 3);
        assert.deepEqual(egress.slice(0, 2), [
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
            { to: [{ podSelector: {} }] },
        ]);
        assert.equal(resources.filter(({ type }) => type === POLICY).length, 2);
    });

    describe("egress to the internet", () => {
        let reachable: (address: string) => boolean;
        before(async () => {
            const spec = inputsOf(await declareGuards(), POLICY, "acme-allow")["spec"] as {
                egress: { to: { ipBlock: { cidr: string; except: string[] } }[]; ports?: unknown }[];
            };
            const blocks = spec.egress[2]?.to.map(({ ipBlock }) => ipBlock) ?? [];
            const inside = (ranges: readonly string[], address: string) => {
                const list = new BlockList();
                for (const range of ranges) {
                    const [net = "", prefix = ""] = range.split("/");
                    // Kept apart: a BlockList would take every IPv4 address for one inside ::/0.
                    if (isIP(net) === isIP(address)) {
                        list.addSubnet(net, Number(prefix), isIP(net) === 6 ? "ipv6" : "ipv4");
                    }
                }
                return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
            };
            reachable = (address) =>
                blocks.some(({ cidr, except }) => inside([cidr], address) && !inside(except, address));
        });

        for (const address of [
            "1.1.1.1",
            "172.32.0.1",
            "11.0.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "64:ff9b::101:101",
        ]) {
            it(`reaches ${address}`, () => {
                assert.equal(reachable(address), true);
            });
        }
        for (const address of [
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "127.0.0.1",
            // The metadata addresses of the clouds.
            "169.254.169.254",
            "169.254.170.2",
            "168.63.129.16",
            "64:ff9b::a83f:8110",
            "fd00:ec2::254",
            "fe80::1",
            // Private addresses as a NAT64 gateway would translate them.
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::a00:1",
            "64:ff9b::ac1f:1",
            "64:ff9b::c0a8:1",
        ]) {
            it(`does not reach ${address}`, () => {
                assert.equal(reachable(address), false);
            });
        }
    });
});
